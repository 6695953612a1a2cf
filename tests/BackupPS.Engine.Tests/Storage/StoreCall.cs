namespace BackupPS.Engine.Tests.Storage;

/// <summary>A call that came to a store.</summary>
/// <param name="Number">1 for the first.</param>
/// <param name="Operation">Which.</param>
/// <param name="Name">The object's name, or the prefix of a listing.</param>
internal readonly record struct StoreCall(int Number, StoreOperation Operation, string Name)
{
    /// <summary>Whether it changes the store.</summary>
    public bool Changes => Operation is StoreOperation.PutNew or StoreOperation.Put or StoreOperation.Delete;
}
