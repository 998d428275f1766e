"""Planning and coaching kit for sales organisations.

Importing the package costs no more than importing pandas: statistics, drawing and widgets load
when they are first used.
"""

__version__ = "0.1.0"
