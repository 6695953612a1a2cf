#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
    Backs up many hosts at the same time, and tells the scheduler how it went.
.DESCRIPTION
    Each host runs its own backup, and what comes back are objects: one BackupResult for each policy or path set of each host, which says in
    PSComputerName where it ran, and which Restore-Backup and Test-BackupIntegrity take here as well, where this host reaches the repository.
    Any number of hosts may write into one repository at the same time. -Repository is the name or path that it has on each of them.

    The hosts need PowerShell with BackupPS and, for -HostName, an sshd with PowerShell as a subsystem; whatever else New-PSSession opens goes in by
    -Session. Nothing prompts: ssh needs a key, from an agent or -KeyFilePath, and the repository a secret: -Password, -KeyFile, or what
    BACKUPPS_PASSWORD_FILE names on each host.

    Exit codes: 0 every host is complete, 3 some host is incomplete (some items could not be saved), 1 some host failed or was out of reach. The other
    hosts are backed up all the same. With -WhatIf each host plans and says what it would do, with exact counts, and nothing changes anywhere.
.EXAMPLE
    ./examples/Backup-Fleet.ps1 -HostName web1, web2, db1 -UserName backup -PolicyName nightly

    Runs the policy that each host has under this name.
.EXAMPLE
    ./examples/Backup-Fleet.ps1 -HostName (Get-Content ./hosts.txt) -Path /etc, /srv -Repository /mnt/vault -Password $pw | Export-Csv ./fleet.csv

    Saves paths of every host into one repository.
.EXAMPLE
    ./examples/Backup-Fleet.ps1 -Session (New-PSSession -ComputerName dc1, dc2) -PolicyName nightly -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'HostName')]
[OutputType('BackupPS.BackupResult')]
param(
    # The hosts, reached over SSH.
    [Parameter(Mandatory, Position = 0, ParameterSetName = 'HostName')]
    [string[]] $HostName,

    # The account there; without it, as ssh has it.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $UserName,

    # The private key that opens the accounts; without it, those of the agent and of ~/.ssh.
    [Parameter(ParameterSetName = 'HostName')]
    [string] $KeyFilePath,

    [Parameter(ParameterSetName = 'HostName')]
    [ValidateRange(1, 65535)]
    [int] $Port = 22,

    # Options of ssh, such as @{ ProxyJump = 'gate' }.
    [Parameter(ParameterSetName = 'HostName')]
    [hashtable] $Options = @{},

    # Sessions that are open, over any transport.
    [Parameter(Mandatory, ParameterSetName = 'Session')]
    [System.Management.Automation.Runspaces.PSSession[]] $Session,

    # Policies, as each host knows them.
    [string[]] $PolicyName,

    # What to save, where no policy is named.
    [string[]] $Path,

    # Where paths are saved: the name or path of a repository, as each host knows it.
    [string] $Repository,

    # The repository's passphrase.
    [securestring] $Password,

    # The repository's key file, on each host.
    [string] $KeyFile,

    # The module, as each host finds it.
    [string] $Module = 'BackupPS',

    # How many hosts work at the same time.
    [ValidateRange(1, 1024)]
    [int] $ThrottleLimit = 32
)

if (-not $PolicyName -and -not ($Path -and $Repository)) {
    Write-Error 'Say what to back up: -PolicyName, or -Path and -Repository.' -ErrorAction Continue
    exit 1
}

$request = if ($PolicyName) { @{ PolicyName = $PolicyName } } else { @{ Path = $Path; Repository = $Repository } }
if ($Password) { $request.Password = $Password }
if ($KeyFile) { $request.KeyFile = $KeyFile }
$request.WhatIf = [bool]$WhatIfPreference
$asked = if ($HostName) { $HostName } else { $Session.ComputerName }
$what = if ($PolicyName) { "Run the policy $($PolicyName -join ', ')" } else { "Back up $($Path -join ', ') to $Repository" }
# Under -WhatIf the hosts say more than this: each plans, and its -WhatIf sees to it that nothing changes.
if (-not $PSCmdlet.ShouldProcess($asked -join ', ', $what) -and -not $WhatIfPreference) { exit 0 }

$worst = 0
$opened = @()
try {
    if ($HostName) {
        # BatchMode: a host that wants a password or does not know the key is an error, not a question.
        $ssh = @{ HostName = $HostName; Port = $Port; ConnectingTimeout = 30000; Options = @{ BatchMode = 'yes' } }
        foreach ($option in $Options.Keys) { $ssh.Options[$option] = $Options[$option] }
        if ($UserName) { $ssh.UserName = $UserName }
        if ($KeyFilePath) { $ssh.KeyFilePath = $KeyFilePath }
        # A host that is out of reach is an error that stays visible, and does not keep the others.
        $opened = @(New-PSSession @ssh -ErrorAction Continue)
        if ($opened.Count -lt $HostName.Count) { $worst = 1 }
        $Session = $opened
    }

    if ($Session) {
        $expected = $Session.Count * ($PolicyName ? $PolicyName.Count : 1)
        $count = 0
        Invoke-Command -Session $Session -ThrottleLimit $ThrottleLimit -ArgumentList $Module, $request -ErrorAction Continue -ErrorVariable failure -ScriptBlock {
            param($Module, $Request)
            Import-Module -Name $Module -ErrorAction Stop
            Invoke-Backup @Request
        } | ForEach-Object {
            $count++
            switch ($_.Status) {
                'Complete' { }
                'Incomplete' { if ($worst -eq 0) { $worst = 3 } }
                default { $worst = 1 }
            }
            $_
        }
        # A host that has no result to show has failed; a plan has none to show where all is well.
        if ($WhatIfPreference ? $failure.Count -gt 0 : $count -lt $expected) { $worst = 1 }
    }
} finally {
    if ($opened) { Remove-PSSession -Session $opened -WhatIf:$false }
}

exit $worst
