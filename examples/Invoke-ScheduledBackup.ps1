#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
    Runs policies unattended, applies their retention, and tells the scheduler how it went.
.DESCRIPTION
    For cron, systemd timers and the Windows task scheduler. The repository's passphrase comes from the file that BACKUPPS_PASSWORD_FILE
    names, which only its owner may read. Nothing prompts. Exit codes: 0 complete, 3 incomplete (some items could not be saved), 1 failed.

    A crontab line:  15 2 * * *  BACKUPPS_PASSWORD_FILE=/etc/backupps/password pwsh -NoProfile -NonInteractive -File Invoke-ScheduledBackup.ps1
    Name the pwsh of an installed PowerShell there: the one that a .NET tool puts on the PATH passes no signal on to what it starts.
.EXAMPLE
    ./examples/Invoke-ScheduledBackup.ps1 -PolicyName web, db
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('BackupPS.BackupResult')]
param(
    # The policies; all of this host, where none is named.
    [string[]] $PolicyName
)

if (-not (Get-Module -Name BackupPS)) { Import-Module (Join-Path $PSScriptRoot '../BackupPS.psd1') -ErrorAction Stop }

$worst = 0
$policies = if ($PolicyName) { $PolicyName } else { (Get-BackupPolicy).PolicyName }
if (-not $policies) {
    Write-Error 'There is no policy on this host.'
    exit 1
}

foreach ($policy in $policies) {
    try {
        $result = $null
        # Faults of single files are errors that do not end the run: they stay visible, and make it Incomplete.
        $result = Invoke-Backup -PolicyName $policy -ErrorAction Continue
        $result
        switch ($result.Status) {
            'Complete' { }
            'Incomplete' { if ($worst -eq 0) { $worst = 3 } }
            default { $worst = 1 }
        }
        if ($result.Status -in 'Complete', 'Incomplete') {
            # Old snapshots go only after a new one is made. The rules keep the latest complete one, so that a file which can never be read does not keep all others.
            if ((Get-BackupPolicy -Name $policy).Keep) { Remove-BackupSnapshot -PolicyName $policy -ApplyRetention -Confirm:$false -ErrorAction Stop }
        }
    } catch {
        Write-Error -ErrorRecord $_ -ErrorAction Continue
        $worst = 1
    }
}

exit $worst
