"""What is known and concluded, in the forms in which people and programs read it."""
