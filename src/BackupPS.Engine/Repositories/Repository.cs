using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using BackupPS.Engine.Chunking;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>One object store with its keys: what is sealed in it can be opened and added to.</summary>
internal sealed class Repository
{
    /// <summary>No object other than a pack or an index is larger.</summary>
    public const int MaximumRecordLength = 64 * 1024 * 1024;

    private Repository(IObjectStore store, RepositoryConfig config, byte[] configHash, KeySet keys, IndexCache? indexCache = null, int packLength = PackAssembler.PackLength)
    {
        ConfigHash = configHash;
        IndexCache = indexCache ?? IndexCache.None;
        PackLength = packLength;
        Store = store;
        Config = config;
        Keys = keys;
    }

    public IObjectStore Store { get; }

    public RepositoryConfig Config { get; }

    /// <summary>SHA-256 of repository.json as it is stored.</summary>
    public byte[] ConfigHash { get; }

    public KeySet Keys { get; }

    /// <summary>Where this machine keeps what it has read of the index.</summary>
    public IndexCache IndexCache { get; }

    /// <summary>Bytes that a new pack shall not exceed.</summary>
    public int PackLength { get; }

    /// <summary>Writes a new repository into an empty store.</summary>
    public static async Task<Repository> CreateAsync(IObjectStore store, RepositoryConfig config, RepositorySecret secret, IdSource ids, CancellationToken cancellationToken)
    {
        byte[] json = config.Serialize();
        KeySet keys = KeySet.Create(config.IdBytes);

        // What interrupted creations have left. Until repository.json is there, such a key may still be that of somebody who is faster.
        var left = new List<string>();
        await foreach (StoredObject item in store.ListAsync(RepositoryLayout.Keys, cancellationToken)) left.Add(item.Name);

        // The key comes first: a repository.json that no key authenticates would be a repository that nobody can open.
        string keyName = RepositoryLayout.Key(ids.Next());
        await store.PutNewAsync(keyName, new ReadOnlySequence<byte>(KeyObject.Wrap(keys, secret, json)), cancellationToken);
        if (!await store.PutNewAsync(RepositoryLayout.Config, new ReadOnlySequence<byte>(json), cancellationToken) && !await HasConfigAsync(store, json, cancellationToken))
        {
            await store.DeleteAsync(keyName, cancellationToken);
            throw new BackupException(BackupError.RepositoryExists, $"There is a repository at '{store.Location}' already.", store.Location);
        }

        await DeleteLeftAsync(store, left);
        return new Repository(store, config, SHA256.HashData(json), keys);
    }

    /// <summary>Reads repository.json; needs no key.</summary>
    public static async Task<(RepositoryConfig Config, byte[] Json)> ReadConfigAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        byte[] json;
        try
        {
            json = await store.GetAsync(RepositoryLayout.Config, RepositoryConfig.MaximumLength, cancellationToken)
                ?? throw new BackupException(BackupError.RepositoryNotFound, $"There is no repository at '{store.Location}': it has no '{RepositoryLayout.Config}'.", store.Location);
        }
        catch (BackupException e) when (e.IsUnavailable && e.Error != BackupError.ObjectDenied)
        {
            throw new BackupException(BackupError.RepositoryDamaged, e.Message, RepositoryLayout.Config, e);
        }

        return (RepositoryConfig.Parse(json, store.Location), json);
    }

    /// <summary>Opens a repository with a secret.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.WrongKey"/> when every key object is whole and none opens; <see cref="BackupError.KeyDamaged"/> or <see cref="BackupError.ObjectDenied"/> when one that might have cannot be read.</exception>
    public static async Task<Repository> OpenAsync(IObjectStore store, RepositorySecret secret, CancellationToken cancellationToken)
    {
        (RepositoryConfig config, byte[] json) = await ReadConfigAsync(store, cancellationToken);
        byte[] configHash = SHA256.HashData(json);
        BackupException? damage = null;
        BackupException? unsupported = null;
        int tried = 0;
        await foreach (StoredObject key in store.ListAsync(RepositoryLayout.Keys, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(key.Name)) continue;
            (KeySet Keys, byte[] RepositoryJsonHash)? opened;
            try
            {
                byte[]? bytes = await store.GetAsync(key.Name, KeyObject.MaximumLength, cancellationToken);
                if (bytes is null) continue;
                KeyObject.Check(key.Name, bytes);
                tried++;

                // On another thread, so that the caller can do something else meanwhile.
                opened = secret.IsKeyFile ? KeyObject.TryUnwrap(bytes, config.IdBytes, secret) : await Task.Run(() => KeyObject.TryUnwrap(bytes, config.IdBytes, secret), cancellationToken);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                damage = e.Error == BackupError.ObjectDamaged ? new BackupException(BackupError.KeyDamaged, e.Message, key.Name, e) : e;
                continue;
            }
            catch (BackupException e) when (e.Error == BackupError.UnsupportedFormat)
            {
                // A key of a newer program, or of a hostile one, must not keep out those whose key this program can read.
                unsupported = e;
                continue;
            }

            if (opened is null) continue;
            if (!CryptographicOperations.FixedTimeEquals(opened.Value.RepositoryJsonHash, configHash))
            {
                throw new BackupException(BackupError.RepositoryDamaged, $"'{RepositoryLayout.Config}' of the repository at '{store.Location}' is not the one that the key was made for.", RepositoryLayout.Config);
            }

            return new Repository(store, config, configHash, opened.Value.Keys);
        }

        if (damage is not null) throw damage;
        if (tried == 0 && unsupported is not null) throw unsupported;
        if (tried == 0) throw new BackupException(BackupError.RepositoryDamaged, $"The repository at '{store.Location}' has no key object.", RepositoryLayout.Keys);
        throw new BackupException(BackupError.WrongKey, $"No key of the repository at '{store.Location}' opens with this secret.", store.Location);
    }

    /// <summary>Opens a repository with keys that were unwrapped earlier.</summary>
    public static Repository Unlock(IObjectStore store, RepositoryConfig config, byte[] configHash, KeySet keys) => new(store, config, configHash, keys);

    /// <summary>The same repository, with its index kept there.</summary>
    public Repository With(IndexCache indexCache) => new(Store, Config, ConfigHash, Keys, indexCache, PackLength);

    /// <summary>The same repository, with new packs of another length.</summary>
    public Repository With(int packLength) => new(Store, Config, ConfigHash, Keys, IndexCache, packLength);

    /// <summary>A chunker as the repository's configuration says. Safe for any number of threads.</summary>
    public IChunker CreateChunker() => Config.Chunking.Algorithm == ChunkingConfig.FixedSize
        ? new FixedChunker(Config.Chunking.Average)
        : new FastCdcChunker(Keys.Chunking, Config.Chunking.Minimum, Config.Chunking.Average, Config.Chunking.Maximum);

    // A put whose answer was lost may have been repeated below: what has the same id in it is our own, and needs its key.
    private static async Task<bool> HasConfigAsync(IObjectStore store, byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetAsync(RepositoryLayout.Config, RepositoryConfig.MaximumLength, cancellationToken) is { } there && json.AsSpan().SequenceEqual(there);
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            return false;
        }
    }

    // They open nothing: the repository is not the one that they were made for.
    private static async Task DeleteLeftAsync(IObjectStore store, List<string> keys)
    {
        try
        {
            foreach (string name in keys) await store.DeleteAsync(name, CancellationToken.None);
        }
        catch (StoreException)
        {
            // The repository stands, and they harm nobody.
        }
    }

    /// <summary>The bytes of a record, to be put as they are as often as needed.</summary>
    /// <exception cref="BackupException">No reader would take a record as large as this one (<see cref="BackupError.InvalidArgument"/>).</exception>
    public byte[] SealRecord<T>(SealedType type, string name, T record, RecordForm<T> form)
    {
        byte[] bytes = SealedObject.Seal(Keys, type, name, form.Write(record));
        return bytes.Length <= MaximumRecordLength ? bytes
            : throw new BackupException(BackupError.InvalidArgument, $"The object '{name}' would have {bytes.Length} bytes; the format ends at {MaximumRecordLength}. Use fewer or shorter sources and tags.", name);
    }

    /// <summary>A record, or <see langword="null"/> when there is no such object.</summary>
    public async Task<T?> ReadRecordAsync<T>(SealedType type, string name, RecordForm<T> form, CancellationToken cancellationToken)
        where T : class
    {
        byte[]? bytes = await GetRecordBytesAsync(name, cancellationToken);
        return bytes is null ? null : OpenRecord(type, name, form, bytes);
    }

    /// <summary>The sealed bytes of a record, or <see langword="null"/>.</summary>
    public async Task<byte[]?> GetRecordBytesAsync(string name, CancellationToken cancellationToken) => await Store.GetAsync(name, MaximumRecordLength, cancellationToken);

    /// <summary>Opens the bytes of a record.</summary>
    public T OpenRecord<T>(SealedType type, string name, RecordForm<T> form, ReadOnlySpan<byte> bytes)
        where T : class
    {
        byte[] body = SealedObject.Open(Keys, type, name, bytes);
        try
        {
            return form.Read(body);
        }
        catch (JsonException e)
        {
            throw new BackupException(BackupError.ObjectDamaged, $"The object '{name}' is authentic, but is not what it should be: {e.Message}", name, e);
        }
    }
}
