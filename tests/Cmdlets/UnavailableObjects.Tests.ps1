# What a disk costs that fails at one pack and at one snapshot, or an account that may not read them: these two, and nothing else.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')

    # What every command says in a process of its own, with a home of its own.
    function Get-Script {
        param([string] $Name)
        @"
`$env:BACKUPPS_HOME = '$TestRoot/home-$Name'
`$null = Connect-BackupRepository -Name vault -Path '$($vault.Path)' -KeyFile '$(Get-TestKeyFile)'
`$quiet = @{ ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue' }
`$listed = @(Get-BackupSnapshot -Repository vault @quiet -ErrorVariable listing)
`$items = @(Get-BackupItem -Repository vault -SnapshotId '$($second.SnapshotId)' -Recurse @quiet)
`$restored = Restore-Backup -Repository vault -SnapshotId '$($second.SnapshotId)' -Destination '$TestRoot/out-$Name' @quiet -ErrorVariable restoring
`$report = Test-BackupIntegrity -Repository vault -Level Data @quiet
`$backup = Invoke-Backup -Path '$tree' -Repository vault @quiet
`$again = `$backup | Restore-Backup -Destination '$TestRoot/again-$Name' @quiet
[pscustomobject]@{
    Listed = `$listed.SnapshotId -join ' '; ListError = (`$listing.FullyQualifiedErrorId -join ' '); ListTarget = "`$(`$listing[0].TargetObject)"; Items = `$items.Count
    Restored = `$restored.FilesRestored; RestoreStatus = `$restored.Status; RestoreError = (`$restoring.FullyQualifiedErrorId -join ' '); RestoreText = "`$(`$restoring[0])"
    TestStatus = `$report.Status; Damaged = `$report.DamagedObject -join ' '; Backup = `$backup.Status; Again = `$again.Status
} | ConvertTo-Json -Compress
"@
    }

    function Assert-Outcome {
        param([string] $Json, [string] $ErrorId)
        $outcome = $Json | ConvertFrom-Json
        $outcome.Listed | Should -BeExactly $second.SnapshotId
        $outcome.ListError | Should -BeLike "$ErrorId,*"
        $outcome.ListTarget | Should -BeExactly "snapshots/$($first.SnapshotId)"
        $outcome.Items | Should -BeGreaterThan 8
        $outcome.RestoreStatus, $outcome.Restored | Should -Be 'Incomplete', 6
        $outcome.RestoreError | Should -BeLike "$ErrorId,*"
        $outcome.RestoreText | Should -BeLike "*packs/*$(Split-Path -Path $pack -Leaf)*"
        $outcome.TestStatus | Should -Be 'Failed'
        $outcome.Damaged | Should -BeLike "*packs/*$(Split-Path -Path $pack -Leaf)*snapshots/$($first.SnapshotId)*"
        $outcome.Backup, $outcome.Again | Should -Be 'Complete', 'Complete'
    }
}

AfterAll { Clear-TestRoot }

Describe 'One pack and one snapshot that cannot be read' {
    # A repository for each, since the commands heal what they find.
    BeforeEach {
        $stage = "stage$(@(Get-BackupRepository).Count)"
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot "tree-$stage")
        $vault = Initialize-TestRepository -Name $stage
        $first = Invoke-Backup -Path $tree -Repository $stage
        $before = (Get-ChildItem -LiteralPath (Join-Path $vault.Path 'packs') -Recurse -File).FullName
        Add-RandomFile -Path (Join-Path $tree 'large.bin') -Length 200kb
        $second = Invoke-Backup -Path $tree -Repository $stage

        # The pack that holds the new file and nothing else.
        $pack = (Get-ChildItem -LiteralPath (Join-Path $vault.Path 'packs') -Recurse -File | Where-Object FullName -NotIn $before | Sort-Object -Property Length | Select-Object -Last 1).FullName
        $snapshot = Join-Path $vault.Path "snapshots/$($first.SnapshotId)"
    }

    It 'stop nothing else where the disk fails' -Skip:(-not $IsLinux) {
        Skip-WithoutTool -Name strace
        $file = Join-Path $TestRoot 'failing.ps1'
        Set-Content -LiteralPath $file -Value "Import-Module -Name '$Manifest'", (Get-Script -Name failing)
        $running = Get-RunningHost
        $arguments = @('-f', '-qq', '-o', '/dev/null', '-P', $pack, '-P', $snapshot, '-e', 'trace=pread64', '-e', 'inject=pread64:error=EIO', $running.Program) + $running.Leading + '-NoProfile', '-NonInteractive', '-File', $file
        Assert-Outcome -Json (& strace @arguments) -ErrorId ObjectDamaged
    }

    It 'stop nothing else where the account may not read them' -Skip:(-not $IsLinux) {
        Skip-WithoutTool -Name setpriv
        foreach ($path in $pack, $snapshot) { [IO.File]::SetUnixFileMode($path, 'None') }
        try {
            $fresh = Invoke-FreshProcess -Unprivileged -Script (Get-Script -Name denied)
            $fresh.ErrorText | Should -BeNullOrEmpty
            Assert-Outcome -Json $fresh.Output -ErrorId ObjectDenied
        }
        finally { foreach ($path in $pack, $snapshot) { [IO.File]::SetUnixFileMode($path, 'UserRead, UserWrite') } }
    }
}
