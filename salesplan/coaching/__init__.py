"""Training needs and coaching 能力提升: skill gaps, their causes, what to teach to whom, and whether it worked.

Functions are imported from the file they stand in: many files are called like the one function they hold.
"""
