"""The bugs: a file for each family of keys, and in it a function for each bug."""
