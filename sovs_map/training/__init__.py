"""Training of SOVS-Net: text distillation, SAR simulator, data mixing, losses, one loop."""
