"""Warm kernels: one process imports the libraries once, every report and every page is a fork of it."""
