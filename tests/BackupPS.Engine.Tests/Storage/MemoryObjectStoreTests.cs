using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

public sealed class MemoryObjectStoreTests : ObjectStoreContract
{
    private readonly MemoryObjectStore _shared = new();

    private protected override IObjectStore Open() => _shared;
}
