"""What leaves the kit: reports run from notebooks, workbooks, CSV files and parameter files."""
