"""Monthly review 月度复盘: where a unit stands, why, what comes, what warns, and what to do.

Functions are imported from the file they stand in: many files are called like the one function they hold.
"""
