namespace BackupPS.Engine.Platform;

/// <summary>Names of users and groups. Answers are cached; calls may come from any thread.</summary>
internal interface IAccounts
{
    /// <summary>Name of a user; empty when none is known.</summary>
    string GetUserName(uint userId);

    /// <summary>Name of a group; empty when none is known.</summary>
    string GetGroupName(uint groupId);

    /// <summary>Number of a user on this host, or <see langword="null"/>.</summary>
    uint? FindUser(string name);

    /// <summary>Number of a group on this host, or <see langword="null"/>.</summary>
    uint? FindGroup(string name);

    /// <summary>Whether this process may give files to other owners (root).</summary>
    bool CanChangeOwner { get; }

    /// <summary>Whether only this account, or root, can have made what belongs to this user.</summary>
    bool Trusts(uint userId);
}
