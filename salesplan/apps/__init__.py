"""Apps for managers: the notebook's panel served by Voilà, closed to everybody it is not meant for."""
