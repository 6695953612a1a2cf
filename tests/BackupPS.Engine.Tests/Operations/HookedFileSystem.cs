using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The file system of this machine, with a test listening in.</summary>
internal sealed class HookedFileSystem : IFileSystem
{
    private readonly IFileSystem inner = PlatformFileSystem.Create();
    private readonly FileSystemHooks hooks;

    public HookedFileSystem(FileSystemHooks hooks)
    {
        this.hooks = hooks;
        Accounts = new HookedAccounts(inner.Accounts, hooks);
    }

    public IAccounts Accounts { get; }

    public bool IgnoresCase => inner.IgnoresCase;

    public MappedFiles FindMappedFiles(CancellationToken cancellationToken) => hooks.Mapped?.Invoke() ?? inner.FindMappedFiles(cancellationToken);

    public IFolder OpenFolder(string path)
    {
        hooks.OpenFolder?.Invoke(path);
        return new HookedFolder(inner.OpenFolder(path), path, hooks);
    }

    public ItemInfo GetInfo(string path)
    {
        hooks.GetInfo?.Invoke(path);
        return inner.GetInfo(path);
    }
}
