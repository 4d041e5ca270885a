"""What a backup is: frozen facts, what was declared about them, and the errors of the things that find out.

Standard library only; nothing here does any I/O except :mod:`.clock`, which reads the time.
"""
