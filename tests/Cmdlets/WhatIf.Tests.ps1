# -WhatIf says what would happen; where it would fail, it says that. Each failure that can be found without doing anything, with and without -WhatIf.

BeforeDiscovery {
    $failures = @(
        @{ what = 'a new policy with a name that exists'; id = 'PolicyExists'; try = { New-BackupPolicy -Name WEB -Source $tree -Repository vault @mode } }
        @{ what = 'a new policy with a duration that is none'; id = 'InvalidDuration'; try = { New-BackupPolicy -Name new -Source $tree -Repository vault -KeepWithin soon @mode } }
        @{ what = 'a new policy without such a repository'; id = 'RepositoryNotFound'; try = { New-BackupPolicy -Name new -Source $tree -Repository nowhere @mode } }
        @{ what = 'a policy that gets a duration that is none'; id = 'InvalidDuration'; try = { Set-BackupPolicy -Name web -FullEvery 7x @mode } }
        @{ what = 'a policy that gets a zone that is none'; id = '*'; try = { Set-BackupPolicy -Name web -TimeZone Nowhere/City @mode } }
        @{ what = 'a policy that is not there'; id = 'PolicyNotFound'; try = { Set-BackupPolicy -Name nope -KeepLast 1 @mode } }
        @{ what = 'removing a policy that is not there'; id = 'PolicyNotFound'; try = { Remove-BackupPolicy -Name nope @mode } }
        @{ what = 'a new repository with a name that exists'; id = 'RepositoryExists'; try = { New-BackupRepository -Name VAULT -Path "$TestRoot/fresh" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository with a name that cannot be one'; id = 'InvalidArgument'; try = { New-BackupRepository -Name 'a/b' -Path "$TestRoot/fresh" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository in a folder that is not empty'; id = 'FolderNotEmpty'; try = { New-BackupRepository -Path $tree -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository in a file'; id = 'FolderNotEmpty'; try = { New-BackupRepository -Path "$tree/plain.txt" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a new repository where there is one'; id = 'RepositoryExists'; try = { New-BackupRepository -Path "$TestRoot/repositories/vault" -KeyFile (Get-TestKeyFile) @mode } }
        @{ what = 'a repository that gets the name of another'; id = 'RepositoryExists'; try = { Set-BackupRepository -Name vault -NewName other @mode } }
        @{ what = 'a repository that gets the folder of another'; id = 'RepositoryExists'; try = { Set-BackupRepository -Name vault -Path "$TestRoot/repositories/other" @mode } }
        @{ what = 'a repository that gets a folder without one'; id = '*'; try = { Set-BackupRepository -Name vault -Path $tree @mode } }
        @{ what = 'removing a repository that is not there'; id = 'RepositoryNotFound'; try = { Remove-BackupRepository -Name nowhere @mode } }
        @{ what = 'optimizing a repository that is not there'; id = 'RepositoryNotFound'; try = { Optimize-BackupRepository -Repository nowhere @mode } }
        @{ what = 'removing a snapshot with a hold'; id = 'SnapshotHeld'; try = { Remove-BackupSnapshot $held -Repository vault @mode } }
        @{ what = 'removing a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Remove-BackupSnapshot ffffffff -Repository vault @mode } }
        @{ what = 'changing a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Set-BackupSnapshot ffffffff -Repository vault -Hold @mode } }
        @{ what = 'retention without rules'; id = 'RetentionRuleMissing'; try = { Remove-BackupSnapshot -PolicyName web -ApplyRetention @mode } }
        @{ what = 'a backup of a policy that is not there'; id = 'PolicyNotFound'; try = { Invoke-Backup -PolicyName nope @mode } }
        @{ what = 'a restore of a snapshot that is not there'; id = 'SnapshotNotFound'; try = { Restore-Backup ffffffff -Repository vault -Destination "$TestRoot/fresh" @mode } }
    )
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    foreach ($name in 'vault', 'other') { $null = Initialize-TestRepository -Name $name }
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $held = (Invoke-Backup -PolicyName web | Set-BackupSnapshot -Hold -PassThru).SnapshotId
}

AfterAll { Clear-TestRoot }

Describe 'Under -WhatIf' {
    It '<what> fails as it does without' -ForEach $failures {
        $seen = foreach ($mode in @{ WhatIf = $true }, @{ Confirm = $false }) {
            $before = Get-FolderState -Path $tree, (Join-Path $TestRoot 'repositories')
            $ErrorActionPreference = 'Stop'
            $record = try { $null = & $try 3>$null } catch { $_ }
            Get-FolderState -Path $tree, (Join-Path $TestRoot 'repositories') | Should -Be $before
            "$record" | Should -Not -BeNullOrEmpty -Because "$($mode.Keys)"
            ($record.FullyQualifiedErrorId -split ',')[0]
        }
        $seen[0] | Should -BeLike $id
        $seen[1] | Should -Be $seen[0]
        Join-Path $TestRoot 'fresh' | Should -Not -Exist
    }
}
