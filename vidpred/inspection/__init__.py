"""Checks a whole data set: parts that are read by themselves -> a reading of each -> clips -> a report."""
