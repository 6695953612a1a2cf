<#
.SYNOPSIS
    Runs the Pester files beside it and writes the counts as JSON. build.ps1 calls it in a fresh process.
#>
[CmdletBinding()]
param(
    # The manifest of Pester; without it, the one that build.ps1 has saved.
    [string] $Pester,

    # Only files with names like this; without it, all.
    [string] $Name,

    # Where the counts go.
    [string] $Summary
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
# The suite brings its own home folder and secrets.
foreach ($variable in 'BACKUPPS_HOME', 'BACKUPPS_PASSWORD_FILE') { [Environment]::SetEnvironmentVariable($variable, $null) }
if (-not $Pester) { $Pester = (Get-Item -Path (Join-Path $PSScriptRoot '../../out/modules/Pester/*/Pester.psd1') | Sort-Object { [version]$_.Directory.Name } | Select-Object -Last 1).FullName }
Import-Module -Name $Pester

$configuration = New-PesterConfiguration
$configuration.Run.Path = @(Get-ChildItem -LiteralPath $PSScriptRoot -Filter '*.Tests.ps1' | Where-Object BaseName -Like "$(if ($Name) { $Name -replace '\.Tests(\.ps1)?$' } else { '*' }).Tests" | ForEach-Object FullName)
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration

if ($Summary) {
    # A container that could not be read, or a setup that threw, fails without a failed test.
    $failed = $result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount
    [pscustomobject]@{ Passed = $result.PassedCount; Failed = $failed; Skipped = $result.SkippedCount + $result.NotRunCount } | ConvertTo-Json | Set-Content -LiteralPath $Summary
}
exit [int]($result.Result -ne 'Passed')
