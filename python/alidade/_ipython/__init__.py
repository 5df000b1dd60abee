"""IPython and Jupyter: TAB."""
