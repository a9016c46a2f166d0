"""SOVS-Net: encoder, alignment, decoder, text tower, and the bundles that hold their weights."""
