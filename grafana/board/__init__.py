"""The parts of the dashboard; `build.py` beside this folder puts them together."""
