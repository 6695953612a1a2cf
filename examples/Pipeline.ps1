#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
    Objects along the pipeline: pick files, snapshots and items with PowerShell's own filters.
.DESCRIPTION
    Needs a repository that is unlocked in this process, or BACKUPPS_PASSWORD_FILE. Saves the scripts and documents below a folder in one
    snapshot, shows the largest items of the latest snapshots, and restores the three largest.
.EXAMPLE
    ./examples/Pipeline.ps1 -Repository vault -Source ~/src -Destination ~/check
#>
[CmdletBinding()]
[OutputType('BackupPS.BackupResult', 'BackupPS.BackupItem', 'BackupPS.RestoreResult')]
param(
    # The repository's name or path.
    [Parameter(Mandatory)]
    [string] $Repository,

    # The folder whose files are picked.
    [Parameter(Mandatory)]
    [string] $Source,

    # The folder that receives the restored files.
    [Parameter(Mandatory)]
    [string] $Destination
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module -Name BackupPS)) { Import-Module (Join-Path $PSScriptRoot '../BackupPS.psd1') }

# Many files, one snapshot: what to save is picked by any filter that the shell has.
$result = Get-ChildItem -LiteralPath $Source -Recurse -File |
    Where-Object Extension -In '.ps1', '.psm1', '.md', '.txt', '.cs' |
    Invoke-Backup -Repository $Repository -Tag documents
$result

# A snapshot's items are objects too.
$largest = $result | Get-BackupItem -Recurse | Where-Object Type -EQ 'File' | Sort-Object -Property Size -Descending | Select-Object -First 3
$largest

# And they know where they came from.
$largest | Restore-Backup -Destination $Destination -Overwrite IfChanged
