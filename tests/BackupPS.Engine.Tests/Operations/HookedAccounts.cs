using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The accounts of this machine, perhaps without root's right to give files away.</summary>
internal sealed class HookedAccounts(IAccounts inner, FileSystemHooks hooks) : IAccounts
{
    public bool CanChangeOwner => hooks.CanChangeOwner ?? inner.CanChangeOwner;

    public bool Trusts(uint userId) => inner.Trusts(userId);

    public string GetUserName(uint userId) => hooks.UserName?.Invoke(userId) ?? inner.GetUserName(userId);

    public string GetGroupName(uint groupId) => hooks.GroupName?.Invoke(groupId) ?? inner.GetGroupName(groupId);

    public uint? FindUser(string name) => hooks.FindUser is { } find ? find(name) : inner.FindUser(name);

    public uint? FindGroup(string name) => hooks.FindGroup is { } find ? find(name) : inner.FindGroup(name);
}
