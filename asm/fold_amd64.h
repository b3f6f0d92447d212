// The folds add the upper half of the lanes to the lower one until one is left.
#define FOLD256_32 \
	VEXTRACTF128 $1, Y0, X1 \
	VADDPS X1, X0, X0       \
	VPERMILPD $1, X0, X1    \
	VADDPS X1, X0, X0       \
	VMOVSHDUP X0, X1        \
	VADDSS X1, X0, X0
#define FOLD256_64 \
	VEXTRACTF128 $1, Y0, X1 \
	VADDPD X1, X0, X0       \
	VPERMILPD $1, X0, X1    \
	VADDSD X1, X0, X0
