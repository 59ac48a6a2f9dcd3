"""Safe readers and atomic writers of files."""
