# Hosts whose language is not English: Turkish, whose I has no dot, and German, whose decimal point is a comma. The same script must do the same.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    Add-RandomFile -Path (Join-Path $tree 'INDEX.ini') -Length 2MB
    $script = @'
Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$facts = [ordered]@{ culture = [cultureinfo]::CurrentCulture.Name; half = (0.5).ToString() }
$vault = New-BackupRepository -Name main -Path "$env:STAGE/vault" -KeyFile $env:KEY -Compression ZSTD -Chunking FIXED
# Names, choices, durations, times and percentages are written as everywhere.
$null = New-BackupPolicy -Name inis -Source $env:TREE -Exclude '**/*.TMP', '**/left.tmp' -Repository MAIN -FullEvery 7d -KeepWithin 2y5m -Verify STRUCTURE
$facts.byName = (Get-BackupRepository -Name MAIN).Name, (Get-BackupPolicy -Name INIS).PolicyName
$facts.byPattern = (Get-BackupRepository -Name 'MAI*').Name, (Get-BackupPolicy -Name 'INI*').PolicyName
$facts.byTab = (TabExpansion2 -inputScript 'Invoke-Backup -PolicyName I' -cursorColumn 27).CompletionMatches.CompletionText
$first = Invoke-Backup -PolicyName INIS -Type INCREMENTAL
$facts.first = $first.Type, $first.Status, $first.FilesNew, $first.ItemsExcluded, $first.Bytes, $first.Verification
$second = Invoke-Backup -PolicyName INIS -Type INCREMENTAL
$facts.second = $second.Type, $second.FilesUnchanged
$facts.runs = @(Get-BackupRun -PolicyName 'INI*' -Status COMPLETE -Since 2020-02-03).Count
$facts.since = @(Get-BackupSnapshot -Since 2020-02-03 -Until '2096-11-03 14:05:09.5').Count
$facts.items = ($second | Get-BackupItem -Path '**/*.ini').Name
$facts.expanded = (Invoke-Backup -Path "$env:TREE/*.INI" -Repository Main).FilesNew
$facts.report = ($second | Test-BackupIntegrity -Level DATA).Level
$facts.restored = ($second | Restore-Backup -Destination "$env:STAGE/restored" -Overwrite IFCHANGED -Verify).FilesRestored
$facts.optimized = (Optimize-BackupRepository -Repository MAIN -MaxUnusedPercent 2.5 -Confirm:$false).Status
$facts.retention = @(Remove-BackupSnapshot -PolicyName inis -ApplyRetention -WhatIf).Action
# What is shown has no culture either; ids and times are of each run.
$facts.view = (([BackupPS.BackupSnapshot]@{ SnapshotId = '0' * 32; PolicyName = 'inis'; Time = [datetime]::new(2026, 11, 3, 13, 5, 9, [DateTimeKind]::Utc); Type = 'Full'; Status = 'Complete'; FileCount = 1234567; Bytes = 2500000; Source = '/etc' }) | Format-Table | Out-String -Width 120).Trim() -split '\r?\n' | Select-Object -Last 1
$facts.count = (([BackupPS.BackupRun]@{ RunId = '0' * 32; Operation = 'Backup'; Status = 'Complete'; Repository = 'vault'; RepositoryId = ''; PolicyName = 'inis'; FileCount = 1234567 }) | Format-Table | Out-String -Width 120).Trim() -split '\r?\n' | Select-Object -Last 1
$facts.plan = (Restore-Backup -SnapshotId $second.SnapshotId -Destination "$env:STAGE/never" -WhatIf *>&1 | Out-String).Length
$facts.told = @(Invoke-Backup -PolicyName inis -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Count
$facts.error = try { Set-BackupPolicy -Name inis -KeepWithin '1,5d' } catch { $_.FullyQualifiedErrorId }
$facts | ConvertTo-Json -Depth 3
'@
    function Invoke-InCulture {
        param([string] $Name, [string] $Lang)
        $stage = (New-Item -ItemType Directory -Path (Join-Path $TestRoot "in-$Name-$($Lang -replace '\W')")).FullName
        $environment = @{ STAGE = $stage; TREE = $tree; KEY = (Get-TestKeyFile); BACKUPPS_HOME = (Join-Path $stage 'home'); TZ = 'Europe/Berlin'; LANG = $Lang; LC_ALL = $Lang }
        $set = if ($Name) { "[cultureinfo]::CurrentCulture = [cultureinfo]::DefaultThreadCurrentCulture = [cultureinfo]::CurrentUICulture = '$Name'" } else { '' }
        $fresh = Invoke-FreshProcess -Environment $environment -Script "$set`n$script"
        $fresh.ErrorText | Should -BeNullOrEmpty -Because "$Name $Lang"
        $fresh.ExitCode | Should -Be 0
        $facts = $fresh.Output.Substring($fresh.Output.IndexOf('{')) | ConvertFrom-Json -AsHashtable
        [pscustomobject]@{ Culture = $facts.culture; Half = $facts.half; Facts = ($facts.GetEnumerator() | Where-Object Key -NotIn 'culture', 'half' | ForEach-Object { "$($_.Key): $($_.Value)" }) }
    }
    $plain = Invoke-InCulture -Name en-US -Lang C.UTF-8
}

AfterAll { Clear-TestRoot }

Describe 'Cultures' {
    It 'is about something: in English it does what it should' {
        $plain.Facts | Should -Contain 'byName: main inis'
        $plain.Facts | Should -Contain 'byPattern: main inis'
        $plain.Facts | Should -Contain 'byTab: inis'
        $plain.Facts | Should -Contain "first: Full Complete 6 1 $((Get-ChildItem -LiteralPath $tree -Recurse -File | Where-Object Name -NE 'left.tmp' | Measure-Object -Property Length -Sum).Sum) Passed"
        $plain.Facts | Should -Contain 'second: Incremental 6'
        $plain.Facts | Should -Contain 'report: Data'
        $plain.Facts | Should -Contain 'expanded: 1'
        ($plain.Facts -match '^view: ') | Should -BeLike '*2026-11-03 14:05:09 +01:00*2.4 MiB*'
        ($plain.Facts -match '^count: ') | Should -BeLike '*1,234,567*'
        $plain.Facts | Should -Contain 'error: InvalidDuration,BackupPS.Cmdlets.SetBackupPolicyCommand'
    }

    It 'does the same in <name>, <how>' -ForEach @(
        @{ name = 'tr-TR'; set = 'tr-TR'; lang = 'C.UTF-8'; how = 'set in the session'; half = '0,5' }
        @{ name = 'de-DE'; set = 'de-DE'; lang = 'C.UTF-8'; how = 'set in the session'; half = '0,5' }
        @{ name = 'tr-TR'; set = ''; lang = 'tr_TR.UTF-8'; how = 'by LANG'; half = '0,5' }
        @{ name = 'de-DE'; set = ''; lang = 'de_DE.UTF-8'; how = 'by LANG'; half = '0,5' }
    ) {
        if ($IsWindows -and -not $set) { Set-ItResult -Skipped -Because 'LANG is of Unix'; return }
        $seen = Invoke-InCulture -Name $set -Lang $lang
        # The process really was of that culture.
        $seen.Culture, $seen.Half | Should -Be $name, $half
        $seen.Facts | Should -BeExactly $plain.Facts
    }
}
