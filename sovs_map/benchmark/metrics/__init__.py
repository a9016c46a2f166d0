"""What answers are worth: one measure a file, made of counts that are kept image by image."""
