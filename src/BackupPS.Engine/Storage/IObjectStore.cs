using System.Buffers;

namespace BackupPS.Engine.Storage;

/// <summary>
/// Where bytes are kept. It knows names and bytes, nothing of backup. The contract, which one suite of tests holds every kind to:
/// <list type="bullet">
/// <item>A name is one to four segments of <c>[a-z0-9.-]</c>, joined by <c>/</c>, none of them empty, beginning with a dot, or over 128 characters.</item>
/// <item>No object's name is the folder of another's (<c>a</c> beside <c>a/b</c>): a folder cannot hold both.</item>
/// <item>An object is whole or absent. <see cref="PutNewAsync"/> has made it durable when it returns <see langword="true"/>: it survives a loss of power.</item>
/// <item>Of any number of racing creators of one name exactly one gets <see langword="true"/>.</item>
/// <item>Get, length and existence see every put that completed before they began.</item>
/// <item>A listing shows every object that was put before it began and is not deleted; of concurrent changes it may show any part. The order is by ordinal name.
/// Something else in an object's place is shown, too (<see cref="StoredObject.IsObject"/>): what cannot be read must not pass for absent.</item>
/// <item>One object that cannot be read, for whatever reason that lies in it, is a <see cref="BackupException"/> that <see cref="BackupException.IsUnavailable"/>, with
/// the object as target. A <see cref="StoreException"/> is about the store, and every other object of it.</item>
/// <item>Every call may be repeated. Errors that may pass are <see cref="StoreException"/> with <see cref="StoreException.IsTransient"/>; they reach
/// whoever awaits the call, and <see cref="Retrying.RetryingObjectStore"/> repeats it. A put that failed so may have been done.</item>
/// <item>Calls may come from any thread, any number at once. A cancelled put leaves nothing, or the whole object.</item>
/// </list>
/// </summary>
internal interface IObjectStore : IAsyncDisposable
{
    /// <summary>Where it is, for messages.</summary>
    string Location { get; }

    /// <summary>Creates an object if there is none of that name.</summary>
    /// <returns>Whether this call created it; <see langword="false"/> when one was there, which is left as it was and is durable, too.</returns>
    ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken);

    /// <summary>Creates or replaces an object. Only the tombstone of a removed snapshot needs it (DESIGN section 6).</summary>
    ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken);

    /// <summary>The whole object, or <see langword="null"/> when there is none.</summary>
    /// <param name="name">The object.</param>
    /// <param name="maximumLength">A longer object is damaged (<see cref="BackupError.ObjectDamaged"/>), so that damage cannot exhaust memory.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken);

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    /// <returns>Bytes read: fewer than asked for only where the object ends; -1 when there is no such object.</returns>
    ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Length in bytes, or -1 when there is no such object.</summary>
    ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken);

    /// <summary>Every object whose name begins with <paramref name="prefix"/>, which is empty or ends with a slash.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object, durably, since removal has an order; one that is not there is no error.</summary>
    ValueTask DeleteAsync(string name, CancellationToken cancellationToken);
}
