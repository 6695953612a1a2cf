BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    foreach ($name in 'vault', 'other') {
        $null = Initialize-TestRepository -Name $name
        $null = New-BackupPolicy -Name "web-$name" -Source $tree -Repository $name
    }
    $result = Invoke-Backup web-vault
    $null = Invoke-Backup web-other

    function Invoke-Damage {
        param([string] $Folder)
        foreach ($pack in Get-ChildItem -LiteralPath (Join-Path $Folder 'packs') -Recurse -File) {
            if (-not $IsWindows) { [IO.File]::SetUnixFileMode($pack.FullName, 'UserRead, UserWrite') }
            $bytes = [IO.File]::ReadAllBytes($pack.FullName)
            $bytes[100] = $bytes[100] -bxor 1
            [IO.File]::WriteAllBytes($pack.FullName, $bytes)
        }
    }
}

AfterAll { Clear-TestRoot }

Describe 'Test-BackupIntegrity' {
    It 'passes a whole repository at level <level>' -ForEach @(@{ level = 'Structure' }, @{ level = 'Data' }, @{ level = 'Restore' }) {
        $report = Test-BackupIntegrity -Repository vault -Level $level
        $report | Should -BeOfType BackupPS.IntegrityReport
        $report.Status, $report.Level, $report.DamageCount, $report.SnapshotCount | Should -Be 'Passed', $level, 0, 1
    }

    It 'takes repositories, policies, snapshots and results from the pipeline' {
        (Get-BackupRepository | Test-BackupIntegrity).Repository | Should -Be 'other', 'vault'
        (Get-BackupPolicy -Name web-vault | Test-BackupIntegrity).PolicyName | Should -Be 'web-vault'
        (Get-BackupSnapshot -SnapshotId $result.SnapshotId | Test-BackupIntegrity).SnapshotId | Should -Be $result.SnapshotId
        ($result | Test-BackupIntegrity -Level Data).SnapshotId | Should -Be $result.SnapshotId
        (Test-BackupIntegrity web-vault).PolicyName | Should -Be 'web-vault'
    }

    It 'makes its sandbox below -WorkPath, and removes it' {
        $work = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'work')).FullName
        ($result | Test-BackupIntegrity -Level Restore -WorkPath 'TestRoot:/work').Status | Should -Be 'Passed'
        Get-ChildItem -LiteralPath $work -Force | Should -BeNullOrEmpty
        $occupied = Add-PrivateFile -Path (Join-Path $TestRoot 'a-file') -Bytes 1
        Test-BackupIntegrity -Repository vault -Level Restore -WorkPath $occupied -ErrorVariable problem -ErrorAction SilentlyContinue -Quiet | Should -BeFalse
        $problem | Should -Not -BeNullOrEmpty
    }

    It 'emits exactly one Boolean with -Quiet' {
        Test-BackupIntegrity -Repository vault -Level Data -Quiet | Should -BeExactly $true
        $all = @(Get-BackupRepository | Test-BackupIntegrity -Quiet)
        $all.Count | Should -Be 1
        $all[0] | Should -BeExactly $true
        $none = @(Get-BackupRepository -Name none* | Test-BackupIntegrity -Quiet)
        $none.Count | Should -Be 1
        $none[0] | Should -BeExactly $false
        $missing = @('vault', 'nowhere' | ForEach-Object { [pscustomobject]@{ Repository = $_ } } | Test-BackupIntegrity -Quiet -ErrorVariable problem -ErrorAction SilentlyContinue)
        $missing.Count | Should -Be 1
        $missing[0] | Should -BeExactly $false
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
    }

    It 'wants to know what to verify' {
        Test-BackupIntegrity -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'does not take the result of a run without a snapshot for the whole repository' {
        [pscustomobject]@{ SnapshotId = ''; Repository = 'vault' } | Test-BackupIntegrity -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }

    It 'names what is damaged, and goes on with the next' {
        Invoke-Damage -Folder (Get-BackupRepository -Name vault).Path
        $reports = Get-BackupRepository -Name vault, other | Test-BackupIntegrity -Level Data
        $reports.Status | Should -Be 'Failed', 'Passed'
        $reports[0].DamageCount | Should -BeGreaterThan 0
        $reports[0].DamagedObject | Should -BeLike 'packs/*'
        $reports[0].AffectedSnapshot | Should -Be $result.SnapshotId
        Get-BackupRepository | Test-BackupIntegrity -Level Data -Quiet | Should -BeExactly $false
        (Get-BackupRun -Status Failed -Last 1).Operation | Should -Be 'Verify'
    }

    It 'tells what was healed as healed' {
        $null = Initialize-TestRepository -Name healing
        $null = Invoke-Backup -Path $tree -Repository healing
        Get-ChildItem -LiteralPath (Join-Path (Get-BackupRepository -Name healing).Path 'packs') -Recurse -File | Remove-Item -Force
        (Test-BackupIntegrity -Repository healing).Status | Should -Be 'Failed'
        (Invoke-Backup -Path $tree -Repository healing -WarningAction SilentlyContinue).Status | Should -Be 'Complete'
        Get-BackupSnapshot -Repository healing | Sort-Object -Property Time | Select-Object -First 1 | Remove-BackupSnapshot -Confirm:$false
        $report = Test-BackupIntegrity -Repository healing -Level Data -WarningVariable warning -WarningAction SilentlyContinue
        $report.Status, $report.DamageCount | Should -Be 'Passed', 0
        $report.HealedObject | Should -BeLike 'packs/*'
        $warning.Count | Should -Be 1
    }
}
