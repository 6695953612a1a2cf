using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Defines what to save, where to, and how long to keep it.</summary>
/// <remarks>
/// <para>A policy is a name for a backup that is made again and again: Invoke-Backup runs it, Remove-BackupSnapshot -ApplyRetention removes what
/// its rules do not keep. It belongs to this host and is kept in its catalog, not in the repository. Nothing runs by itself: a scheduler (cron,
/// systemd, the Windows task scheduler) calls a script.</para>
/// <para>Patterns, durations and the time zone are checked now. A registered repository may be locked or out of reach meanwhile. A policy without a
/// Keep rule keeps every snapshot. about_BackupPS_Policies says exactly what the rules and patterns mean.</para>
/// </remarks>
/// <example>
/// <code>
/// New-BackupPolicy -Name www -Source ./site, ./conf -Repository vault -Exclude '**/*.tmp' `
///     -KeepDaily 7 -KeepWeekly 4 -FullEvery 1m
/// </code>
/// Saves two folders but for temporary files. Retention will keep the latest snapshot of each of 7 days and 4 weeks. Each month one run reads every
/// file anew.
/// </example>
/// <example>
/// <code>
/// New-BackupPolicy www ./site vault -KeepWithin 30d -KeepMonthly 12 -KeepYearly 10 `
///     -TimeZone Europe/Berlin -Verify Data
/// </code>
/// Keeps all of the last 30 days, then one snapshot a month and a year, by the calendar of Berlin. After each backup the new snapshot is read back
/// and proved.
/// </example>
/// <example>
/// <code>
/// New-BackupPolicy -Name host -Source / -Repository vault -OneFileSystem -ExcludeCaches `
///     -Exclude /tmp, "$HOME/vault" -KeepLast 30
/// </code>
/// A whole host, without what is mounted (/proc, other disks), caches, temporary files, and the repository itself.
/// </example>
/// <example>
/// <code>Get-BackupPolicy web | New-BackupPolicy -Name web2 -KeepDaily 14</code>
/// A policy like another, but for its name and one rule.
/// </example>
/// <seealso cref="GetBackupPolicyCommand"/>
/// <seealso cref="ImportBackupPolicyCommand"/>
/// <seealso cref="SetBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupPolicyCommand"/>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.New, "BackupPolicy", SupportsShouldProcess = true)]
[OutputType(typeof(BackupPolicy))]
public sealed class NewBackupPolicyCommand : PolicyDefinitionCmdlet
{
    /// <summary>
    /// A name that no other policy on this host has: 1 to 64 letters, digits, spaces and . _ -, the first neither a dot nor a space; case does not count.
    /// Snapshots carry it.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("PolicyName")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>
    /// The files and folders that are saved, with all that is below them. A relative path becomes an absolute one now. Nothing in it is a wildcard, and
    /// it need not exist yet, which is worth a warning.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    /// <summary>The repository that it is saved into: a name, object or path.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>
    /// A policy that is taken over where nothing else is given: an object of Get-BackupPolicy, of this host or another, or a row of JSON, CSV or CLIXML with
    /// its properties.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Name, () =>
    {
        BackupPolicy? template = PolicyRecord.Find(InputObject);
        BackupPolicy policy = Define(Name, ResolveSources(Source), ResolveRepository(Repository)!, template);
        if (ShowsPlan) Await(token => Engine.CheckPolicyAsync(policy, isNew: true, token));
        if (!ShouldProcess(Name, $"Create backup policy for {ViewText.Path(policy.Source)} in {policy.Repository}")) return;
        WriteObject(Await(token => Engine.CreatePolicyAsync(policy, token)));
    });
}
