namespace BackupPS.Engine.Tests.Storage;

/// <summary>The calls of a store.</summary>
internal enum StoreOperation
{
    PutNew,
    Put,
    Get,
    Read,
    GetLength,
    List,
    Delete,
}
