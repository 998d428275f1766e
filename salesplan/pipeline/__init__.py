"""Sales funnel 漏斗: how many visits and deals a target needs, at a stated confidence.

Functions are imported from the file they stand in: many files are called like the one function they hold.
"""
