"""A SAR simulator: invented landscapes, invented sensors, and the pictures that one takes of the other."""
