"""Simulated years: the real agent in a world that a seed decides, and the shipped rules over what it served."""
