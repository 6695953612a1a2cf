namespace BackupPS.Engine.Platform.Portable;

/// <summary>.NET knows no owners of files in numbers: there are no names to give.</summary>
internal sealed class PortableAccounts : IAccounts
{
    /// <inheritdoc/>
    public string GetUserName(uint userId) => "";

    /// <inheritdoc/>
    public string GetGroupName(uint groupId) => "";

    /// <inheritdoc/>
    public uint? FindUser(string name) => null;

    /// <inheritdoc/>
    public uint? FindGroup(string name) => null;

    /// <inheritdoc/>
    public bool CanChangeOwner => false;

    /// <inheritdoc/>
    public bool Trusts(uint userId) => true;
}
