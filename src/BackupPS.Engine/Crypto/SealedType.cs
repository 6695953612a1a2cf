namespace BackupPS.Engine.Crypto;

/// <summary>Types of sealed objects; the numbers are those of the format and are bound into each seal.</summary>
internal enum SealedType : byte
{
    Pack = 1,
    Index = 2,
    Snapshot = 3,
    Note = 4,
    Removal = 5,
    Tombstone = 6,
    Session = 7,
    Retired = 8,
    Swept = 9,
    Sweeper = 10,
}
