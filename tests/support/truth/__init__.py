"""The truth harness: real situations, the real agent, and what promtool makes of the shipped rules on its series."""
