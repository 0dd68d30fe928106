"""Evidence bundles: a value with all that it rests on, and the program that checks it without the system."""
