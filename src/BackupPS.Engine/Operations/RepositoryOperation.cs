using System.Runtime.CompilerServices;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations;

/// <summary>Creates, registers, unlocks and forgets repositories.</summary>
internal sealed class RepositoryOperation(OperationContext context)
{
    /// <summary>Everything that <see cref="CreateAsync"/> would refuse; nothing changes.</summary>
    public void CheckCreate(CreateRepositoryRequest request) => Prepare(request);

    public async Task<BackupRepository> CreateAsync(CreateRepositoryRequest request, CancellationToken cancellationToken)
    {
        (string path, RepositoryConfig config) = Prepare(request);
        await using IObjectStore store = context.Connections.CreateStore(path, cancellationToken);
        Repository repository = await Repository.CreateAsync(store, config, request.Secret, context.Ids, cancellationToken);
        try
        {
            if (request.Name is not null) context.Catalog.Repositories.Add(request.Name, config.Id, path);
        }
        catch (BackupException)
        {
            // Without its name it is not what was asked for; left behind, it would only be in the way of the next try.
            await DeleteDataAsync(new RepositoryAddress("", path, config.Id), CancellationToken.None);
            throw;
        }

        context.Connections.Remember(repository);
        return Describe(new RepositoryAddress(request.Name ?? "", path, config.Id), config);
    }

    private (string Path, RepositoryConfig Config) Prepare(CreateRepositoryRequest request)
    {
        string path = FullPath(request.Path);
        if (request.Name is not null) CheckName(request.Name);
        string algorithm = request.Chunking switch
        {
            "ContentDefined" => ChunkingConfig.FastCdc,
            "Fixed" => ChunkingConfig.FixedSize,
            _ => throw new BackupException(BackupError.InvalidArgument, $"'{request.Chunking}' is no way of chunking; they are ContentDefined and Fixed.", request.Chunking),
        };
        var config = new RepositoryConfig
        {
            Id = context.Ids.Next(),
            Created = context.Now,
            Compression = ChooseCodec(request.Compression),
            Chunking = ChunkingConfig.Create(algorithm, request.ChunkSize),
        };
        if (File.Exists(path)) throw new BackupException(BackupError.FolderNotEmpty, $"'{path}' is a file.", path);
        if (Path.GetDirectoryName(path) is { } above) new RepositoryGrounds(context.Catalog).Refuse(above, $"A new repository at '{path}'");

        // A key alone is what an interrupted creation leaves, and opens nothing: it is no reason to refuse the next one.
        if (Directory.Exists(path) && !FolderObjectStore.HoldsNothingBut(path, static name => name.StartsWith(RepositoryLayout.Keys, StringComparison.Ordinal) && RepositoryLayout.IsOurs(name)))
        {
            throw File.Exists(Path.Combine(path, RepositoryLayout.Config))
                ? new BackupException(BackupError.RepositoryExists, $"There is a repository at '{path}' already.", path)
                : new BackupException(BackupError.FolderNotEmpty, $"The folder '{path}' is not empty.", path);
        }

        return (path, config);
    }

    public async Task<BackupRepository> ConnectAsync(string? name, string? path, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        (RegisteredRepository? registered, string folder, RepositoryConfig config, Repository? opened) =
            await CheckConnectAsync(name, path, secret, cancellationToken);
        if (name is not null)
        {
            if (registered is null) context.Catalog.Repositories.Add(name, config.Id, folder);
            else if (registered.Path != folder) context.Catalog.Repositories.SetPath(registered.Name, folder);
        }

        if (opened is not null) context.Connections.Remember(opened);
        return Describe(new RepositoryAddress(registered?.Name ?? name ?? "", folder, config.Id), config);
    }

    /// <summary>Everything that <see cref="ConnectAsync"/> would refuse; nothing changes.</summary>
    /// <returns>What has the name, where the repository is, and, unless it is unlocked and needs no secret, what the secret opened.</returns>
    public async Task<(RegisteredRepository? Registered, string Folder, RepositoryConfig Config, Repository? Opened)> CheckConnectAsync(
        string? name, string? path, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        if (name is null && path is null) throw new BackupException(BackupError.InvalidArgument, "Neither a name nor a path was given.");
        RegisteredRepository? registered = name is null ? null : context.Catalog.Repositories.FindByName(name);
        string folder = path is not null ? FullPath(path)
            : registered?.Path ?? throw new BackupException(BackupError.RepositoryNotFound, $"No repository named '{name}' is registered here; give its path.", name);
        if (name is not null) RegisteredName.Check(name, "Name");

        // By path, so that a repository that was registered with another id under this name can be replaced on purpose.
        await using IObjectStore store = context.Connections.OpenStore(new RepositoryAddress("", folder, ""), RunCallbacks.None, cancellationToken);
        (RepositoryConfig config, _) = await Repository.ReadConfigAsync(store, cancellationToken);
        if (registered is not null && registered.RepositoryId != config.Id)
        {
            string other = $"{registered.RepositoryId}, at '{registered.Path}'";
            throw new BackupException(BackupError.RepositoryExists, $"The name '{name}' stands for another repository ({other}).", name);
        }

        RepositorySecret? usable = secret ?? (context.Connections.IsUnlocked(config.Id) ? null : context.Options.UnattendedSecret()
            ?? throw new BackupException(BackupError.SecretMissing, $"The repository at '{folder}' is locked, and no secret was given.", name ?? folder));
        return (registered, folder, config, usable is null ? null : await Repository.OpenAsync(store, usable, cancellationToken));
    }

    public async Task DisconnectAsync(string repository, CancellationToken cancellationToken) =>
        context.Connections.Forget(await CheckDisconnectAsync(repository, cancellationToken));

    /// <summary>Everything that <see cref="DisconnectAsync"/> would refuse; nothing changes.</summary>
    /// <returns>The id of the repository.</returns>
    public async Task<string> CheckDisconnectAsync(string repository, CancellationToken cancellationToken) =>
        context.Connections.Locate(repository) is { RepositoryId.Length: > 0 } registered
            ? registered.RepositoryId
            : await FindIdAsync(repository, cancellationToken);

    public async IAsyncEnumerable<BackupRepository> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (RegisteredRepository registered in context.Catalog.Repositories.List())
        {
            var address = new RepositoryAddress(registered.Name, registered.Path, registered.RepositoryId);
            yield return await ReadIfReachableAsync(address, cancellationToken);
        }
    }

    public Task<BackupRepository> GetAsync(string repository, CancellationToken cancellationToken) => ReadAsync(context.Connections.Locate(repository), repeats: false, cancellationToken);

    /// <summary>The id that the store of a repository shows. What fails there for a reason that may pass is repeated.</summary>
    public async Task<string> FindIdAsync(string repository, CancellationToken cancellationToken) => (await ReadAsync(context.Connections.Locate(repository), repeats: true, cancellationToken)).RepositoryId;

    public async Task<BackupRepository> UpdateAsync(string repository, string? newName, string? newPath, CancellationToken cancellationToken)
    {
        (RepositoryAddress address, string? path) = await CheckUpdateAsync(repository, newName, newPath, cancellationToken);
        if (path is not null) context.Catalog.Repositories.SetPath(address.Name, path);
        if (newName is not null) context.Catalog.Repositories.Rename(address.Name, newName);
        return await ReadIfReachableAsync(context.Connections.Locate(newName ?? address.Name), cancellationToken);
    }

    /// <summary>Everything that <see cref="UpdateAsync"/> would refuse; nothing changes.</summary>
    /// <returns>Which repository it is, and the whole new path.</returns>
    public async Task<(RepositoryAddress Address, string? Path)> CheckUpdateAsync(string repository, string? newName, string? newPath, CancellationToken cancellationToken)
    {
        RepositoryAddress address = context.Connections.Locate(repository);
        if (address.Name.Length == 0) throw new BackupException(BackupError.RepositoryNotFound, $"The repository at '{address.Path}' is not registered here; use Connect-BackupRepository.", repository);
        string? path = newPath is null ? null : FullPath(newPath);
        if (path is not null)
        {
            BackupRepository there = await ReadAsync(new RepositoryAddress("", path, ""), repeats: true, cancellationToken);
            if (there.RepositoryId != address.RepositoryId)
            {
                throw new BackupException(BackupError.RepositoryExists, $"The folder '{path}' holds another repository ({there.RepositoryId}) than '{address.Name}' ({address.RepositoryId}).", path);
            }
        }

        if (newName is null) return (address, path);
        // Another case of its own name is a new name, too.
        RegisteredName.Check(newName, "NewName");
        if (!newName.Equals(address.Name, StringComparison.OrdinalIgnoreCase)) CheckFree(newName);
        return (address, path);
    }

    /// <summary>The policies that would have no repository any more.</summary>
    public IReadOnlyList<string> FindOrphans(string repository)
    {
        // A copy that is registered under another name takes the place of this one.
        RepositoryAddress address = context.Connections.Locate(repository);
        bool isRegistered = address.Name.Length > 0;
        if (isRegistered && context.Catalog.Repositories.FindById(address.RepositoryId).Count > 1) return [];
        return [.. context.Catalog.Policies.List().Where(p => isRegistered ? p.RepositoryId == address.RepositoryId : p.Repository == address.Path).Select(static p => p.PolicyName)];
    }

    public async Task RemoveAsync(string repository, bool deleteData, bool orphansPolicies, CancellationToken cancellationToken)
    {
        (RepositoryAddress address, string id) = await CheckRemoveAsync(repository, deleteData, orphansPolicies, cancellationToken);
        if (deleteData) await DeleteDataAsync(address, cancellationToken);
        if (address.Name.Length > 0) context.Catalog.Repositories.Remove(address.Name);

        // A copy of it may be registered under another name, and has the same keys.
        bool copyLeft = address.Name.Length > 0 && context.Catalog.Repositories.FindById(id).Count > 0;
        if (id.Length == 0 || copyLeft) return;
        context.Connections.Forget(id);
        context.Connections.IndexCacheOf(id).Clear();
    }

    /// <summary>Everything that <see cref="RemoveAsync"/> would refuse; nothing changes.</summary>
    /// <returns>Which repository it is, and its id; empty where that is not known.</returns>
    public async Task<(RepositoryAddress Address, string Id)> CheckRemoveAsync(
        string repository, bool deleteData, bool orphansPolicies, CancellationToken cancellationToken)
    {
        RepositoryAddress address = context.Connections.Locate(repository);
        if (!orphansPolicies && FindOrphans(repository) is { Count: > 0 } policies)
        {
            throw new BackupException(BackupError.RepositoryInUse, $"The policies {string.Join(", ", policies)} save into the repository '{address.Reference}', and would have none.", repository);
        }

        if (!deleteData)
        {
            return address.Name.Length > 0
                ? (address, address.RepositoryId)
                : throw new BackupException(BackupError.RepositoryNotFound, $"The repository at '{address.Path}' is not registered here.", repository);
        }

        // Only what is surely this repository is deleted: the store must show its id.
        BackupRepository there = await ReadAsync(address, repeats: true, cancellationToken);
        if (address.RepositoryId.Length > 0 && there.RepositoryId != address.RepositoryId)
        {
            string what = $"The folder '{address.Path}' holds the repository {there.RepositoryId}, not {address.RepositoryId}: nothing was deleted.";
            throw new BackupException(BackupError.RepositoryDamaged, what, repository);
        }

        return (address, there.RepositoryId);
    }

    private async Task DeleteDataAsync(RepositoryAddress address, CancellationToken cancellationToken)
    {
        await using (IObjectStore store = context.Connections.OpenStore(address, RunCallbacks.None, cancellationToken))
        {
            // Snapshots go first and the configuration last, so that what is left by an interruption is still known as a repository.
            string[] order = [RepositoryLayout.Snapshots, RepositoryLayout.Notes, RepositoryLayout.Removals, RepositoryLayout.Indexes, RepositoryLayout.Packs, RepositoryLayout.Sessions, RepositoryLayout.Retired, RepositoryLayout.Sweepers, "parity/", RepositoryLayout.Keys];
            foreach (string prefix in order)
            {
                await foreach (StoredObject item in store.ListAsync(prefix, cancellationToken))
                {
                    if (item.IsObject) await store.DeleteAsync(item.Name, cancellationToken);
                }
            }

            await store.DeleteAsync(RepositoryLayout.Config, cancellationToken);
        }

        // The empty folders; anything that is not ours keeps its folder. What a link leads to is not ours.
        foreach (string folder in Directory.EnumerateDirectories(address.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).OrderByDescending(static f => f.Length).Append(address.Path))
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
    }

    // A registered repository whose folder is not mounted is known all the same.
    private async Task<BackupRepository> ReadIfReachableAsync(RepositoryAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(address, repeats: false, cancellationToken);
        }
        catch (Exception e) when (e is BackupException or StoreException)
        {
            return new BackupRepository
            {
                Name = address.Name,
                Repository = address.Reference,
                RepositoryId = address.RepositoryId,
                Path = address.Path,
                Kind = "Folder",
                Status = e is BackupException known && (known.IsUnavailable || known.Error == BackupError.RepositoryDamaged) ? "Damaged" : "Unreachable",
            };
        }
    }

    private async Task<BackupRepository> ReadAsync(RepositoryAddress address, bool repeats, CancellationToken cancellationToken)
    {
        await using IObjectStore store = repeats ? context.Connections.OpenStore(address, RunCallbacks.None, cancellationToken) : context.Connections.OpenStoreOnce(address);
        (RepositoryConfig config, _) = await Repository.ReadConfigAsync(store, cancellationToken);
        return Describe(address, config);
    }

    private BackupRepository Describe(RepositoryAddress address, RepositoryConfig config) => new()
    {
        Name = address.Name,
        Repository = address.Reference,
        RepositoryId = config.Id,
        Path = address.Path,
        Kind = "Folder",
        Status = context.Connections.IsUnlocked(config.Id) ? "Unlocked" : "Locked",
        FormatVersion = config.Version,
        Compression = config.Codec.ToString(),
        Chunking = config.Chunking.Algorithm == ChunkingConfig.FixedSize ? "Fixed" : "ContentDefined",
        ChunkSize = config.Chunking.Average,
        Created = config.Created,
    };

    private void CheckName(string name)
    {
        RegisteredName.Check(name, "Name");
        CheckFree(name);
    }

    private void CheckFree(string name)
    {
        if (context.Catalog.Repositories.FindByName(name) is { } taken)
        {
            throw new BackupException(BackupError.RepositoryExists, $"The name '{name}' is taken by the repository at '{taken.Path}'.", name);
        }
    }

    private static string ChooseCodec(string compression) => compression switch
    {
        "Auto" or "Zstd" => "zstd",
        "Brotli" => "brotli",
        "None" => "none",
        _ => throw new BackupException(BackupError.InvalidArgument, $"'{compression}' is no way of compression; they are Auto, Zstd, Brotli and None.", compression),
    };

    private static string FullPath(string path) => Path.IsPathFullyQualified(path)
        ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))
        : throw new BackupException(BackupError.InvalidArgument, $"'{path}' is not an absolute path.", path);
}
