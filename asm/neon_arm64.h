// Advanced SIMD instructions that Go's assembler does not know, as instruction
// words: the only place for them. Arguments are register numbers in the order of Go's
// assembler, destination last; each line ends with the instruction in ARM's notation.
// TestNEONWords compares every line with what LLVM's assembler makes of that notation.

#define CMLT2D(n, d) WORD $(0x4EE0A800 | (n)<<5 | (d)) // cmlt vD.2d, vN.2d, #0
#define CMLT4S(n, d) WORD $(0x4EA0A800 | (n)<<5 | (d)) // cmlt vD.4s, vN.4s, #0
#define FADD2D(m, n, d) WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d)) // fadd vD.2d, vN.2d, vM.2d
#define FADD4S(m, n, d) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d)) // fadd vD.4s, vN.4s, vM.4s
#define FCMEQ2D(m, n, d) WORD $(0x4E60E400 | (m)<<16 | (n)<<5 | (d)) // fcmeq vD.2d, vN.2d, vM.2d
#define FCMEQ4S(m, n, d) WORD $(0x4E20E400 | (m)<<16 | (n)<<5 | (d)) // fcmeq vD.4s, vN.4s, vM.4s
#define FCMGE2D(m, n, d) WORD $(0x6E60E400 | (m)<<16 | (n)<<5 | (d)) // fcmge vD.2d, vN.2d, vM.2d
#define FCMGE4S(m, n, d) WORD $(0x6E20E400 | (m)<<16 | (n)<<5 | (d)) // fcmge vD.4s, vN.4s, vM.4s
#define FCMGT2D(m, n, d) WORD $(0x6EE0E400 | (m)<<16 | (n)<<5 | (d)) // fcmgt vD.2d, vN.2d, vM.2d
#define FCMGT4S(m, n, d) WORD $(0x6EA0E400 | (m)<<16 | (n)<<5 | (d)) // fcmgt vD.4s, vN.4s, vM.4s
#define FDIV2D(m, n, d) WORD $(0x6E60FC00 | (m)<<16 | (n)<<5 | (d)) // fdiv vD.2d, vN.2d, vM.2d
#define FDIV4S(m, n, d) WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d)) // fdiv vD.4s, vN.4s, vM.4s
#define FMUL2D(m, n, d) WORD $(0x6E60DC00 | (m)<<16 | (n)<<5 | (d)) // fmul vD.2d, vN.2d, vM.2d
#define FMUL4S(m, n, d) WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d)) // fmul vD.4s, vN.4s, vM.4s
#define FNEG2D(n, d) WORD $(0x6EE0F800 | (n)<<5 | (d)) // fneg vD.2d, vN.2d
#define FNEG4S(n, d) WORD $(0x6EA0F800 | (n)<<5 | (d)) // fneg vD.4s, vN.4s
#define FSQRT2D(n, d) WORD $(0x6EE1F800 | (n)<<5 | (d)) // fsqrt vD.2d, vN.2d
#define FSQRT4S(n, d) WORD $(0x6EA1F800 | (n)<<5 | (d)) // fsqrt vD.4s, vN.4s
#define FSUB2D(m, n, d) WORD $(0x4EE0D400 | (m)<<16 | (n)<<5 | (d)) // fsub vD.2d, vN.2d, vM.2d
#define FSUB4S(m, n, d) WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d)) // fsub vD.4s, vN.4s, vM.4s
#define NOT16B(n, d) WORD $(0x6E205800 | (n)<<5 | (d)) // mvn vD.16b, vN.16b
#define SADALP8H(n, d) WORD $(0x4E606800 | (n)<<5 | (d)) // sadalp vD.4s, vN.8h
#define SCVTF4S(n, d) WORD $(0x4E21D800 | (n)<<5 | (d)) // scvtf vD.4s, vN.4s
#define SMULL16B(m, n, d) WORD $(0x4E20C000 | (m)<<16 | (n)<<5 | (d)) // smull2 vD.8h, vN.16b, vM.16b
#define SMULL8B(m, n, d) WORD $(0x0E20C000 | (m)<<16 | (n)<<5 | (d)) // smull vD.8h, vN.8b, vM.8b
#define UMULL2S(m, n, d) WORD $(0x2EA0C000 | (m)<<16 | (n)<<5 | (d)) // umull vD.2d, vN.2s, vM.2s
#define UMULL4S(m, n, d) WORD $(0x6EA0C000 | (m)<<16 | (n)<<5 | (d)) // umull2 vD.2d, vN.4s, vM.4s
