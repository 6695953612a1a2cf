using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Folder;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>A folder under the contract, for one way of publishing.</summary>
public abstract class FolderObjectStoreContract : ObjectStoreContract
{
    private readonly FolderPublishing _publishing;
    private readonly TemporaryFolder _folder = new();

    private protected FolderObjectStoreContract(FolderPublishing publishing) => _publishing = publishing;

    private string StorePath => Path.Join(_folder.Path, "store");

    private protected override IObjectStore Open() =>
        Directory.Exists(StorePath) ? FolderObjectStore.Open(StorePath, _publishing) : FolderObjectStore.Create(StorePath, _publishing);

    public override async Task DisposeAsync()
    {
        // Whatever a test of the contract did, nothing half-written is left behind.
        Assert.Empty(Directory.EnumerateFiles(Path.Join(StorePath, "tmp")));
        if (_publishing != FolderPublishing.Unnamed) Assert.Equal(_publishing, ((FolderObjectStore)Store).Publishing);
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
