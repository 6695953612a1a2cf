BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault -Exclude '*.skip'
    # A time that .NET can set again: it has fewer digits than the file system.
    $time = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc)
    (Get-Item -LiteralPath "$tree/with space.txt").LastWriteTimeUtc = $time
    $first = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    [IO.File]::WriteAllText("$tree/plain.txt", 'changed')
    Remove-Item -LiteralPath "$tree/sub/deep" -Recurse
    [IO.File]::WriteAllText("$tree/sub/new.cs", 'new')
    $second = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    [IO.File]::WriteAllText("$tree/a[1].txt", 'BRACKETS')
    $third = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    $expected = "Modified $tree/plain.txt", "Removed $tree/sub/deep", "Removed $tree/sub/deep/two.cs", "Added $tree/sub/new.cs"
    function Get-Line { process { "$($_.Change) $($_.Path)" } }
}

AfterAll { Clear-TestRoot }

Describe 'Compare-BackupSnapshot' {
    It 'compares the last two snapshots of a policy, the older being the reference' {
        $change = Get-BackupSnapshot -PolicyName web -Last 2 | Compare-BackupSnapshot
        $change | Should -BeOfType BackupPS.BackupItemChange
        $change | Get-Line | Should -Be "Modified $tree/a[1].txt"
        $change.ReferenceId, $change.DifferenceId, $change.SnapshotId, $change.Repository | Should -Be $second.SnapshotId, $third.SnapshotId, $second.SnapshotId, 'vault'
        $change.Differs | Should -Contain 'Content'
        # In whatever order they come.
        $third, $second | Compare-BackupSnapshot | Get-Line | Should -Be "Modified $tree/a[1].txt"
    }

    It 'compares more than two each with the next' {
        $changes = Get-BackupSnapshot -PolicyName web | Compare-BackupSnapshot
        $changes | Get-Line | Should -Be ($expected + "Modified $tree/a[1].txt")
        $changes.ReferenceId | Select-Object -Unique | Should -Be $first.SnapshotId, $second.SnapshotId
    }

    It 'takes two that are named, by id, as objects, or one of them along the pipeline' {
        Compare-BackupSnapshot $first.SnapshotId $second.SnapshotId | Get-Line | Should -Be $expected
        Compare-BackupSnapshot -Reference $first -Difference $second | Get-Line | Should -Be $expected
        Compare-BackupSnapshot ($first | ConvertTo-Json | ConvertFrom-Json) $second.SnapshotId.Substring(0, 16) | Get-Line | Should -Be $expected
        $first | Compare-BackupSnapshot -Difference $second | Get-Line | Should -Be $expected
        $second | Compare-BackupSnapshot -Reference $first | Get-Line | Should -Be $expected
        # Not what was meant, but what was said.
        (Compare-BackupSnapshot $second $first | Where-Object Change -EQ Added).Path | Should -Be "$tree/sub/deep", "$tree/sub/deep/two.cs"
    }

    It 'says what is missing where it cannot tell what to compare' {
        foreach ($said in { $first | Compare-BackupSnapshot }, { Compare-BackupSnapshot -Reference $first }, { $first | Compare-BackupSnapshot $first $second }, { Compare-BackupSnapshot -LivePath / }) {
            $said | Should -Throw -ErrorId 'InvalidArgument,*' -Because "$said"
        }
    }

    It 'refuses snapshots of different repositories, with advice' {
        $null = Initialize-TestRepository -Name other
        $elsewhere = Invoke-Backup -LiteralPath $tree -Repository other
        Compare-BackupSnapshot $first $elsewhere -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoriesDiffer,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -Match '-LivePath'
        Remove-BackupRepository -Name other -DeleteData -Confirm:$false
    }

    It 'compares only what is asked for' {
        Compare-BackupSnapshot $first $second -Path '*.cs' | Get-Line | Should -Be "Removed $tree/sub/deep/two.cs", "Added $tree/sub/new.cs"
        Compare-BackupSnapshot $first $second -Path "$tree/sub/deep" | Get-Line | Should -Be "Removed $tree/sub/deep", "Removed $tree/sub/deep/two.cs"
        Compare-BackupSnapshot $second $third -LiteralPath "$tree/a[1].txt" | Get-Line | Should -Be "Modified $tree/a[1].txt"
        Compare-BackupSnapshot $first $second -Path '*.none' -ErrorAction Stop | Should -BeNullOrEmpty
        Compare-BackupSnapshot $first $second -Path "$tree/none" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'compares with the files of this host' {
        $third | Compare-BackupSnapshot -LivePath / -ErrorAction Stop | Should -BeNullOrEmpty
        $first | Compare-BackupSnapshot -LivePath / | Get-Line | Should -Be (@("Modified $tree/a[1].txt") + $expected)
        Compare-BackupSnapshot $first -LivePath "$tree/sub" | Get-Line | Should -Be $expected[1..3]
        Compare-BackupSnapshot $first -LivePath 'TestRoot:/tree/sub/*.cs' | Get-Line | Should -Be $expected[3]
        $file = "$tree/with space.txt"
        $whole = [IO.File]::ReadAllText($file)
        try {
            [IO.File]::WriteAllText($file, 'SPACE')
            (Get-Item -LiteralPath $file).LastWriteTimeUtc = $time
            [IO.File]::WriteAllText("$tree/new.skip", 'the policy leaves it out')
            $third | Compare-BackupSnapshot -LivePath / | Should -BeNullOrEmpty
            $change = $third | Compare-BackupSnapshot -LivePath / -Content
            $change | Get-Line | Should -Be "Modified $file"
            $change.Differs | Should -Be 'Content'
            $change.DifferenceId | Should -BeNullOrEmpty
            ($change | Restore-Backup -Destination (Join-Path $TestRoot 'back')).FilesRestored | Should -Be 1
            [IO.File]::ReadAllText("$TestRoot/back$file") | Should -Be $whole
        }
        finally { [IO.File]::WriteAllText($file, $whole); (Get-Item -LiteralPath $file).LastWriteTimeUtc = $time; Remove-Item -LiteralPath "$tree/new.skip" }
        $third | Compare-BackupSnapshot -LivePath "$TestRoot/nowhere" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'pipes changes to Restore-Backup, each from the snapshot that has it' {
        $result = Compare-BackupSnapshot $first $second | Restore-Backup -Destination (Join-Path $TestRoot 'both')
        $result.SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        Get-Content -LiteralPath "$TestRoot/both$tree/plain.txt" | Should -Be 'plain'
        Get-Content -LiteralPath "$TestRoot/both$tree/sub/new.cs" | Should -Be 'new'
        Get-Content -LiteralPath "$TestRoot/both$tree/sub/deep/two.cs" | Should -Be 'class Two;'
    }

    It 'ends within 2 seconds of Ctrl-C' {
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        1..6 | ForEach-Object { Add-RandomFile -Path (Join-Path $large "data$_") -Length 200MB -Seed 7 }
        $null = Invoke-Backup -LiteralPath $large -Repository vault -Tag large
        $pipeline = Get-TestPipeline -Script "'ready'; Get-BackupSnapshot -Repository vault -Tag large | Compare-BackupSnapshot -LivePath / -Content"
        try {
            $out = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $running = $pipeline.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]$null, $out)
            while ($out.Count -eq 0) { Start-Sleep -Milliseconds 10 }
            Start-Sleep -Milliseconds 200
            $running.IsCompleted | Should -BeFalse
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose(); Remove-Item -LiteralPath $large -Recurse }
    }
}
