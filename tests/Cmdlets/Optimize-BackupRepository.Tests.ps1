BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $repository = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 1

    # A snapshot that alone needs a megabyte, removed again.
    function Add-Waste {
        Add-RandomFile -Path (Join-Path $tree 'waste') -Length 1MB -Seed (Get-Random)
        $result = Invoke-Backup web
        Remove-Item -LiteralPath (Join-Path $tree 'waste')
        $result | Remove-BackupSnapshot -Confirm:$false
    }
}

AfterAll { Clear-TestRoot }

Describe 'Optimize-BackupRepository' {
    It 'frees what a removed snapshot alone needed, and emits what it did' {
        $kept = Invoke-Backup web
        Add-Waste
        $result = Optimize-BackupRepository vault -Confirm:$false
        $result | Should -BeOfType BackupPS.MaintenanceResult
        $result.Status | Should -Be 'Complete'
        $result.BytesRemoved | Should -BeGreaterThan 1MB
        $result.SnapshotCount | Should -Be 1
        ($kept | Restore-Backup -Destination (Join-Path $TestRoot 'whole') -Verify).Status | Should -Be 'Complete'
        Test-BackupIntegrity -Repository vault -Level Data -Quiet | Should -BeTrue
        (Get-BackupRun -Last 3).Operation | Should -Be 'Verify', 'Restore', 'Optimize'
        ($result | Get-BackupEvent -Kind PhaseEnd).Phase | Should -Be 'Open', 'Resume', 'Plan', 'Rewrite', 'Retire', 'Index'
    }

    It 'takes repositories along the pipeline, by name, object or path, and goes on after one that is not there' {
        $results = Get-BackupRepository | Optimize-BackupRepository -Confirm:$false
        $results.Repository | Should -Be 'vault'
        (Optimize-BackupRepository -Repository $repository.Path -Confirm:$false).RepositoryId | Should -Be $repository.RepositoryId
        $results = Optimize-BackupRepository 'nowhere', 'vault' -Confirm:$false -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
        $results.Repository | Should -Be 'vault'
    }

    It 'states the exact packs and bytes under -WhatIf, and changes nothing' {
        $null = Invoke-Backup web
        Add-Waste
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        $said = Invoke-FreshProcess -Script "Connect-BackupRepository vault -KeyFile '$(Get-TestKeyFile)' | Out-Null; Optimize-BackupRepository vault -WhatIf -Verbose"
        $said.Output | Should -Match 'What if: Optimize vault: deleting 2 packs, [\d,]+ bytes'
        $said.Output | Should -Match 'recovery points stay'
        $named = [regex]::Matches($said.Output, 'Would delete pack ([0-9a-f]{64})').ForEach({ $_.Groups[1].Value })
        $bytes = ($named | ForEach-Object { (Get-Item -LiteralPath (Join-Path $repository.Path "packs/$($_.Substring(0, 2))/$_")).Length } | Measure-Object -Sum).Sum
        $said.Output | Should -Match ([regex]::Escape(('deleting 2 packs, {0:N0} bytes' -f $bytes)))
        Get-FolderState -Path $repository.Path | Should -Be ($before | Where-Object { $_.StartsWith($repository.Path) })
        Optimize-BackupRepository vault -WhatIf | Should -BeNullOrEmpty
        (Optimize-BackupRepository vault -Confirm:$false).BytesRemoved | Should -Be $bytes
    }

    It 'asks first: without an answer nothing goes' {
        Add-Waste
        $packs = (Get-ChildItem -LiteralPath (Join-Path $repository.Path 'packs') -Recurse -File).Count
        $fresh = Invoke-FreshProcess -Script "Optimize-BackupRepository vault -KeyFile '$(Get-TestKeyFile)'"
        $fresh.ErrorText | Should -Match 'NonInteractive'
        (Get-ChildItem -LiteralPath (Join-Path $repository.Path 'packs') -Recurse -File).Count | Should -Be $packs
    }

    It 'refuses a percentage that is none' {
        { Optimize-BackupRepository vault -MaxUnusedPercent 101 -Confirm:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Optimize-BackupRepository vault -MaxUnusedPercent -1 -Confirm:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'needs the repository to be unlocked' {
        $fresh = Invoke-FreshProcess -Script 'Optimize-BackupRepository vault -Confirm:$false'
        $fresh.ErrorText | Should -Match 'RepositoryLocked|locked'
    }
}

Describe 'Optimize-BackupRepository where something is missing' {
    BeforeAll {
        $here = Initialize-TestRepository -Name here
        $null = New-BackupPolicy -Name line -Source $tree -Repository here -KeepLast 1
        $ids = 1..3 | ForEach-Object {
            Add-RandomFile -Path (Join-Path $tree 'changes') -Length 300KB -Seed $_
            (Invoke-Backup line -Type Full).SnapshotId
        }
        $object = Join-Path $here.Path "snapshots/$($ids[1])"
        Move-Item -LiteralPath $object -Destination (Join-Path $TestRoot 'lost')
    }

    It 'refuses, says what and what to do, also under -WhatIf, and so does what removes' {
        $before = Get-FolderState -Path $here.Path
        foreach ($command in { Optimize-BackupRepository here -Confirm:$false -ErrorAction Stop }, { Optimize-BackupRepository here -WhatIf -ErrorAction Stop },
            { Remove-BackupSnapshot $ids[0] -Repository here -Confirm:$false -ErrorAction Stop }, { Remove-BackupSnapshot $ids[0] -Repository here -WhatIf -ErrorAction Stop },
            { Remove-BackupSnapshot -PolicyName line -ApplyRetention -Confirm:$false -ErrorAction Stop }, { Remove-BackupSnapshot -PolicyName line -ApplyRetention -WhatIf -ErrorAction Stop }) {
            $problem = $null
            try { $null = & $command } catch { $problem = $_ }
            $problem.FullyQualifiedErrorId | Should -BeLike 'DeletionUnsafe,*' -Because "of $command"
            $problem.Exception.Message | Should -Match $ids[1]
            $problem.ErrorDetails.RecommendedAction | Should -Match '-Abandon'
        }
        Get-FolderState -Path $here.Path | Should -Be $before
    }

    It 'goes on when it is back' {
        Move-Item -LiteralPath (Join-Path $TestRoot 'lost') -Destination $object
        (Optimize-BackupRepository here -Confirm:$false).SnapshotCount | Should -Be 3
    }

    It 'goes on when it is given up by name, and whoever looks next sees that' {
        Remove-Item -LiteralPath $object
        Optimize-BackupRepository here -Abandon $ids[1] -WhatIf
        { Optimize-BackupRepository here -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'DeletionUnsafe,*'
        $result = Optimize-BackupRepository here -Abandon $ids[1] -Confirm:$false
        $result.SnapshotCount | Should -Be 2
        $result.BytesRemoved | Should -BeGreaterThan 300KB
        (Optimize-BackupRepository here -Confirm:$false).PacksRemoved | Should -Be 0
        Test-BackupIntegrity -Repository here -Level Data -Quiet | Should -BeTrue
    }

    It 'takes nothing for a name that is none' {
        { Optimize-BackupRepository here -Abandon '' -Confirm:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Optimize-BackupRepository here -Abandon $null -Confirm:$false } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Optimize-BackupRepository here -Abandon $ids[0] -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,*'
    }

    It 'keeps what goes for a while, so that what is lost and found has all that it needs' {
        $file = Join-Path $here.Path "snapshots/$($ids[0])"
        Copy-Item -LiteralPath $file -Destination (Join-Path $TestRoot 'copy')
        Remove-BackupSnapshot $ids[0] -Repository here -Confirm:$false
        $result = Optimize-BackupRepository here -KeepDeletedFor 7d -Confirm:$false
        $result.PacksRemoved | Should -Be 0
        $result.PendingPacks | Should -BeGreaterThan 0
        $result.Status | Should -Be 'Complete'
        Copy-Item -LiteralPath (Join-Path $TestRoot 'copy') -Destination $file
        (Restore-Backup -SnapshotId $ids[0] -Repository here -Destination (Join-Path $TestRoot 'back') -Verify).Status | Should -Be 'Complete'
        Remove-BackupSnapshot $ids[0] -Repository here -Confirm:$false
        (Optimize-BackupRepository here -Confirm:$false).PacksRemoved | Should -Be 0
        { Optimize-BackupRepository here -KeepDeletedFor 7 -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidDuration,*'
        Test-BackupIntegrity -Repository here -Level Data -Quiet | Should -BeTrue
    }
}

Describe 'Remove-BackupSnapshot -ApplyRetention -WhatIf' {
    It 'says what each removal frees, and the optimization frees it' {
        Add-RandomFile -Path (Join-Path $tree 'once') -Length 2MB -Seed 5
        $null = Invoke-Backup web
        Remove-Item -LiteralPath (Join-Path $tree 'once')
        $null = Invoke-Backup web
        $decisions = Remove-BackupSnapshot -PolicyName web -ApplyRetention -WhatIf
        ($decisions | Where-Object Action -EQ 'Keep' | Measure-Object -Property BytesFreed -Sum).Sum | Should -Be 0
        $freed = ($decisions | Measure-Object -Property BytesFreed -Sum).Sum
        $freed | Should -BeGreaterThan 2MB
        $null = Remove-BackupSnapshot -PolicyName web -ApplyRetention -Confirm:$false
        (Optimize-BackupRepository vault -MaxUnusedPercent 0 -Confirm:$false).BytesRemoved | Should -BeGreaterOrEqual $freed
    }
}
