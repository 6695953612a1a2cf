using System.Collections.Concurrent;
using System.Security.Cryptography;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;

namespace BackupPS.Engine.Operations;

/// <summary>Finds repositories by name or path, and keeps the keys of those that are unlocked in this process.</summary>
/// <param name="catalog">Knows names.</param>
/// <param name="options">Home, clock, and the unattended secret.</param>
/// <param name="openFolder">Opens a store in a folder.</param>
/// <param name="createFolder">Makes one.</param>
/// <param name="packLength">Bytes that new packs shall not exceed.</param>
/// <param name="random">Draws from 0 to 1, for the pauses before calls to a store are repeated.</param>
internal sealed class RepositoryConnections(CatalogDatabase catalog, EngineOptions options, Func<string, IObjectStore> openFolder, Func<string, IObjectStore> createFolder, int packLength, Func<double> random)
{
    private readonly ConcurrentDictionary<string, Unlocked> unlocked = new(StringComparer.Ordinal);

    private sealed record Unlocked(KeySet Keys, byte[] ConfigHash);

    /// <summary>Where a repository is, and under which name it is known. Touches no store.</summary>
    /// <param name="repository">A registered name, or an absolute path.</param>
    /// <exception cref="BackupException"><see cref="BackupError.RepositoryNotFound"/></exception>
    public RepositoryAddress Locate(string repository)
    {
        ArgumentException.ThrowIfNullOrEmpty(repository);
        RegisteredRepository? known = FindByName(repository);
        if (known is not null) return new RepositoryAddress(known.Name, known.Path, known.RepositoryId);
        if (!Path.IsPathFullyQualified(repository))
        {
            throw new BackupException(BackupError.RepositoryNotFound, $"No repository named '{repository}' is registered here, and it is not an absolute path.", repository);
        }

        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(repository));
        RegisteredRepository? registered = FindByPath(path);
        return registered is not null ? new RepositoryAddress(registered.Name, path, registered.RepositoryId) : new RepositoryAddress("", path, "");
    }

    /// <summary>Makes the store of a new repository. What fails in it for a reason that may pass is repeated.</summary>
    /// <param name="path">Where it is to be.</param>
    /// <param name="cancellationToken">The operation's: when it is cancelled, nothing is repeated any more.</param>
    public IObjectStore CreateStore(string path, CancellationToken cancellationToken) => new RetryingObjectStore(createFolder(path), CreateRetries(path, RunCallbacks.None, cancellationToken));

    /// <summary>Opens a store without a key, for a look at it. Nothing is repeated: who asks how it stands does not want to wait for it to be well.</summary>
    public IObjectStore OpenStoreOnce(RepositoryAddress address)
    {
        try
        {
            return openFolder(address.Path);
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Unreachable && !Directory.Exists(address.Path))
        {
            BackupError error = address.Name.Length > 0 ? BackupError.StoreUnreachable : BackupError.RepositoryNotFound;
            throw new BackupException(error, $"The folder '{address.Path}' of the repository is not there.", address.Reference, e);
        }
    }

    /// <summary>Opens a store without a key. What fails in it for a reason that may pass is repeated, the opening too.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="callbacks">Told of repetitions.</param>
    /// <param name="cancellationToken">The operation's: when it is cancelled, nothing is repeated any more.</param>
    public IObjectStore OpenStore(RepositoryAddress address, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        _ = RetryLibrary.Prepare();
        RetryPipeline retries = CreateRetries(address.Path, callbacks, cancellationToken);
        try
        {
            return new RetryingObjectStore(OpenStoreOnce(address), retries);
        }
        catch (StoreException e) when (e.IsTransient)
        {
            return new RetryingObjectStore(OpenAgain(e, address, retries, cancellationToken), retries);
        }
    }

    /// <summary>Opens a repository for reading, with the secret, or the keys that this process has, or the unattended secret. The caller disposes it.</summary>
    /// <exception cref="BackupException">Among others <see cref="BackupError.RepositoryLocked"/> and <see cref="BackupError.WrongKey"/>.</exception>
    public Task<ConnectedRepository> OpenAsync(string repository, RepositorySecret? secret, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        // What plans, lists, restores and verifies cannot change a repository, not even by mistake.
        RepositoryAddress address = Locate(repository);
        return OpenAsync(address, new ReadOnlyObjectStore(OpenStore(address, callbacks, cancellationToken)), secret, null, cancellationToken);
    }

    /// <summary>The same, with something that needs no key done on another thread meanwhile: a key takes a tenth of a second.</summary>
    /// <param name="repository">A registered name, or an absolute path.</param>
    /// <param name="secret">The secret; <see langword="null"/>: the keys that this process has, or the unattended secret.</param>
    /// <param name="callbacks">Told of calls to the store that are repeated.</param>
    /// <param name="meanwhile">Gets the store, for reading, and a token that is cancelled when the repository is open: what it has by then is its result. It has ended; whether it failed is for the caller to ask.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">Among others <see cref="BackupError.RepositoryLocked"/> and <see cref="BackupError.WrongKey"/>.</exception>
    public async Task<(ConnectedRepository Repository, Task<T> Meanwhile)> OpenAsync<T>(string repository, RepositorySecret? secret, RunCallbacks callbacks, Func<IObjectStore, CancellationToken, Task<T>> meanwhile, CancellationToken cancellationToken)
    {
        RepositoryAddress address = Locate(repository);
        var store = new ReadOnlyObjectStore(OpenStore(address, callbacks, cancellationToken));
        using var opened = new CancellationTokenSource();
        Task<T> work = Task.Run(() => meanwhile(store, opened.Token), cancellationToken);
        ConnectedRepository connected = await OpenAsync(address, store, secret, StopAsync, cancellationToken);
        await StopAsync();
        return (connected, work);

        // No store is closed under those who read it.
        async Task StopAsync()
        {
            await opened.CancelAsync();
            await work.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The same, for what adds to a repository or removes from it.</summary>
    /// <exception cref="BackupException">Among others <see cref="BackupError.RepositoryLocked"/> and <see cref="BackupError.WrongKey"/>.</exception>
    public Task<ConnectedRepository> OpenForWritingAsync(string repository, RepositorySecret? secret, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        RepositoryAddress address = Locate(repository);
        return OpenAsync(address, OpenStore(address, callbacks, cancellationToken), secret, null, cancellationToken);
    }

    /// <summary>Keeps the keys of a repository for this process.</summary>
    public void Remember(Repository repository) => unlocked[repository.Config.Id] = new Unlocked(repository.Keys, repository.ConfigHash);

    public bool IsUnlocked(string repositoryId) => unlocked.ContainsKey(repositoryId);

    public void Forget(string repositoryId) => unlocked.TryRemove(repositoryId, out _);

    /// <summary>Where the index of a repository is kept on this machine.</summary>
    public IndexCache IndexCacheOf(string repositoryId) => new(Path.Combine(options.HomeFolder, "cache", repositoryId), keeps: true);

    public void ForgetAll() => unlocked.Clear();

    private RetryPipeline CreateRetries(string path, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        new(options.TimeProvider, random, new RetryNotice(PathText.ToDisplay(path), callbacks, options.TimeProvider).Tell, cancellationToken);

    /// <summary>The registered name; a catalog that cannot be used hides names, never paths.</summary>
    private RegisteredRepository? FindByName(string name)
    {
        try
        {
            return catalog.Repositories.FindByName(name);
        }
        catch (BackupException) when (Path.IsPathFullyQualified(name))
        {
            return null;
        }
    }

    private RegisteredRepository? FindByPath(string path)
    {
        try
        {
            return catalog.Repositories.FindByPath(path);
        }
        catch (BackupException)
        {
            return null;
        }
    }

    // It blocks, as a disk would that is slow to wake up.
    private IObjectStore OpenAgain(StoreException failure, RepositoryAddress address, RetryPipeline retries, CancellationToken cancellationToken) =>
        retries.RepeatAsync(failure, address.Path, _ => ValueTask.FromResult(OpenStoreOnce(address)), cancellationToken).AsTask().GetAwaiter().GetResult();

    private async Task<ConnectedRepository> OpenAsync(RepositoryAddress address, IObjectStore store, RepositorySecret? secret, Func<Task>? beforeClosing, CancellationToken cancellationToken)
    {
        try
        {
            Repository opened = await UnlockAsync(address, store, secret, cancellationToken);
            if (address.RepositoryId.Length > 0 && address.RepositoryId != opened.Config.Id)
            {
                throw new BackupException(BackupError.RepositoryDamaged, $"The folder '{address.Path}' holds the repository {opened.Config.Id}; '{address.Name}' was registered as {address.RepositoryId}. Connect it anew if it was replaced on purpose.", address.Name);
            }

            return new ConnectedRepository(opened.With(IndexCacheOf(opened.Config.Id)).With(packLength), address.Reference);
        }
        catch
        {
            if (beforeClosing is not null) await beforeClosing();
            await store.DisposeAsync();
            throw;
        }
    }

    private async Task<Repository> UnlockAsync(RepositoryAddress address, IObjectStore store, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        if (secret is null)
        {
            (RepositoryConfig config, byte[] json) = await Repository.ReadConfigAsync(store, cancellationToken);
            if (unlocked.TryGetValue(config.Id, out Unlocked? known))
            {
                if (!CryptographicOperations.FixedTimeEquals(known.ConfigHash, SHA256.HashData(json)))
                {
                    throw new BackupException(BackupError.RepositoryDamaged, $"'{RepositoryLayout.Config}' of the repository at '{store.Location}' is not the one that the key was made for.", RepositoryLayout.Config);
                }

                return Repository.Unlock(store, config, known.ConfigHash, known.Keys);
            }

            secret = options.UnattendedSecret()
                ?? throw new BackupException(BackupError.RepositoryLocked, $"The repository '{address.Reference}' is locked: no secret was given in this process.", address.Reference);
        }

        Repository opened = await Repository.OpenAsync(store, secret, cancellationToken);
        Remember(opened);
        return opened;
    }
}
