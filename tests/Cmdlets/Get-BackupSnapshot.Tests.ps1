BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    foreach ($name in 'vault', 'other') { $null = Initialize-TestRepository -Name $name }
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $null = New-BackupPolicy -Name mail -Source $tree -Repository other
    $first = Invoke-Backup web -Tag old, both
    Start-Sleep -Milliseconds 20
    $between = Get-Date
    Start-Sleep -Milliseconds 20
    $second = Invoke-Backup web -Tag new, both
    $third = Invoke-Backup mail
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupSnapshot' {
    It 'lists all, oldest first, in every registered repository' {
        $all = Get-BackupSnapshot
        $all | Should -BeOfType BackupPS.BackupSnapshot
        $all.SnapshotId | Sort-Object | Should -Be ($first, $second, $third | ForEach-Object SnapshotId | Sort-Object)
        (Get-BackupSnapshot -Repository vault).SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
    }

    It 'takes policy and repository by name, path and object, and from the pipeline' {
        (Get-BackupSnapshot -PolicyName web).SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        (Get-BackupPolicy -Name mail | Get-BackupSnapshot).SnapshotId | Should -Be $third.SnapshotId
        (Get-BackupRepository | Get-BackupSnapshot).Count | Should -Be 3
        (Get-BackupSnapshot -Repository (Get-BackupRepository -Name other)).SnapshotId | Should -Be $third.SnapshotId
        (Get-BackupSnapshot -Repository (Join-Path $TestRoot 'repositories/other')).SnapshotId | Should -Be $third.SnapshotId
        (Get-BackupSnapshot -Repository 'TestRoot:/repositories/other').SnapshotId | Should -Be $third.SnapshotId
        Push-Location -LiteralPath (Join-Path $TestRoot 'repositories')
        try { (Get-BackupSnapshot -Repository './other').SnapshotId | Should -Be $third.SnapshotId }
        finally { Pop-Location }
        ($first | Get-BackupSnapshot).SnapshotId | Should -Be $first.SnapshotId
    }

    It 'completes ids that were listed before with Tab, the latest first' {
        $null = Get-BackupSnapshot
        $typed = 'Restore-Backup -SnapshotId '
        $found = (TabExpansion2 -inputScript $typed -cursorColumn $typed.Length).CompletionMatches
        $found[0].CompletionText | Should -Be $third.SnapshotId
        $found[0].ToolTip | Should -Match 'Full of mail'
        $typed = 'Get-BackupSnapshot -PolicyName web -SnapshotId '
        (TabExpansion2 -inputScript $typed -cursorColumn $typed.Length).CompletionMatches.CompletionText | Should -Be $second.SnapshotId, $first.SnapshotId
        $typed = "Get-BackupSnapshot -Repository other -SnapshotId $($third.SnapshotId.Substring(0, 6))"
        (TabExpansion2 -inputScript $typed -cursorColumn $typed.Length).CompletionMatches.CompletionText | Should -Be $third.SnapshotId
    }

    It 'takes the beginning of an id' {
        (Get-BackupSnapshot $first.SnapshotId.Substring(0, 12)).SnapshotId | Should -Be $first.SnapshotId
        Get-BackupSnapshot -SnapshotId 'ffffffffffffffff', $second.SnapshotId -ErrorVariable problem -ErrorAction SilentlyContinue | ForEach-Object SnapshotId | Should -Be $second.SnapshotId
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }

    It 'takes times, local where they have no zone' {
        $between.Kind | Should -Be 'Local'
        $bare = [datetime]::SpecifyKind($between, 'Unspecified')
        foreach ($time in $between, $bare, $between.ToUniversalTime()) {
            (Get-BackupSnapshot -PolicyName web -Since $time).SnapshotId | Should -Be $second.SnapshotId
            (Get-BackupSnapshot -PolicyName web -Until $time).SnapshotId | Should -Be $first.SnapshotId
        }
    }

    It 'takes a time without a zone as local, in any zone' -Skip:$IsWindows {
        $fresh = Invoke-FreshProcess -Environment @{ TZ = 'Asia/Kolkata' } -Script @"
`$null = Connect-BackupRepository -Name vault -KeyFile '$(Get-TestKeyFile)'
(Get-BackupSnapshot -PolicyName web -Since ([datetime]::SpecifyKind(([datetime]'$($between.ToUniversalTime().ToString('o'))').ToLocalTime(), 'Unspecified'))).SnapshotId
"@
        $fresh.Output.Trim() | Should -BeExactly $second.SnapshotId
    }

    It 'takes tags, all of which a snapshot must have, and the last so many' {
        (Get-BackupSnapshot -Tag both).SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        (Get-BackupSnapshot -Tag both, new).SnapshotId | Should -Be $second.SnapshotId
        (Get-BackupSnapshot -PolicyName web -Last 1).SnapshotId | Should -Be $second.SnapshotId
    }

    It 'tells of a policy that is missing' {
        Get-BackupSnapshot -PolicyName nowhere -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyNotFound,*'
    }
}
