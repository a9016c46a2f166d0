"""SAR-OVSeg: public SAR data sets as one benchmark, rebuilt by anyone from the files they have."""
