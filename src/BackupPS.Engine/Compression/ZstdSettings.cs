namespace BackupPS.Engine.Compression;

/// <summary>How segments are compressed with zstd, whichever library does it.</summary>
internal static class ZstdSettings
{
    // Measured on segments of 1 MiB of the reference tree of DESIGN section 9 (CPU seconds to compress, MiB), and on a table of text and
    // numbers in SQLite, a tar file, and programs (MiB each; restic has 59, 55 and 201, the last after it has found files that are there twice):
    //   level 3                        2.54 s  197.9    56.7  52.6  215.0
    //   the same, hash 16, chain 15    2.48 s  198.8    56.9  52.9  216.1
    //   the same, hash 15, chain 14    2.21 s  200.8    57.4  53.6  218.1
    //   ... and a minimum match of 6   2.18 s  204.3    57.9  54.6  223.3
    //   level 2                        2.11 s  208.6    58.8  55.5  223.7
    //   level 1                        1.90 s  217.0    60.3  58.3  236.0
    // Tables of 192 KiB stay in a core's own cache beside the data, which is where the time goes; above that, size buys little.
    public const int Level = 3, Strategy = 2 /* ZSTD_dfast */, HashLog = 15, ChainLog = 14, MinimumMatch = 5;
}
