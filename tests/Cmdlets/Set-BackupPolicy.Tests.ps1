BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
}

AfterAll { Clear-TestRoot }

Describe 'Set-BackupPolicy' {
    BeforeEach { $policy = New-BackupPolicy -Name web -Source $tree -Repository vault -Exclude '**/*.tmp' -KeepDaily 7 -ExcludeCaches -FullEvery 7d -Tag one }
    AfterEach { Remove-BackupPolicy -Name web -Confirm:$false }

    It 'changes only what is given, silently' {
        Set-BackupPolicy -Name web -KeepDaily 3 -Verify Data | Should -BeNullOrEmpty
        $changed = Get-BackupPolicy -Name web
        $changed.KeepDaily, $changed.Keep, $changed.Verify | Should -Be 3, 'daily 3', 'Data'
        foreach ($property in $policy.PSObject.Properties.Name | Where-Object { $_ -notin 'KeepDaily', 'Keep', 'Verify', 'Modified' }) { $changed.$property | Should -Be $policy.$property -Because $property }
    }

    It 'takes away what is set to nothing' {
        $changed = Set-BackupPolicy -Name web -Exclude @() -ExcludeCaches:$false -FullEvery '' -KeepDaily 0 -Tag @() -PassThru
        $changed.Exclude.Count, $changed.Tag.Count | Should -Be 0, 0
        $changed.ExcludeCaches, $changed.FullEvery, $changed.KeepDaily | Should -Be $false, '', 0
    }

    It 'adds patterns and takes them out' {
        (Set-BackupPolicy web -AddExclude '**/*.log', '**/*.tmp' -PassThru).Exclude | Should -Be '**/*.tmp', '**/*.log'
        (Set-BackupPolicy web -RemoveExclude '**/*.tmp', 'never' -PassThru -WarningVariable warning -WarningAction SilentlyContinue).Exclude | Should -Be '**/*.log'
        $warning | Should -BeLike "*'never'*"
        (Set-BackupPolicy web -Exclude a -AddExclude b -PassThru).Exclude | Should -Be 'a', 'b'
    }

    It 'takes policies from the pipeline, and leaves what they carry alone' {
        ($policy | Set-BackupPolicy -Source (Join-Path $tree 'sub') -PassThru).Source | Should -Be (Join-Path $tree 'sub')
        (Get-BackupPolicy -Name web).Exclude | Should -Be '**/*.tmp'
    }

    It 'moves a policy to another repository' {
        $other = Initialize-TestRepository -Name "other$([guid]::NewGuid().ToString('N'))"
        $changed = Set-BackupPolicy -Name web -Repository $other -PassThru
        $changed.Repository, $changed.RepositoryId | Should -Be $other.Name, $other.RepositoryId
    }

    It 'goes on after a name that is missing' {
        Set-BackupPolicy -Name missing, web -KeepLast 2 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyNotFound,*'
        (Get-BackupPolicy -Name web).KeepLast | Should -Be 2
    }

    It 'refuses a duration without a unit and leaves the policy as it was' {
        Set-BackupPolicy -Name web -KeepWithin 30 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidDuration,*'
        (Get-BackupPolicy -Name web).KeepWithin | Should -BeExactly ''
    }

    It 'changes nothing under -WhatIf' {
        Set-BackupPolicy -Name web -KeepDaily 1 -WhatIf
        (Get-BackupPolicy -Name web).KeepDaily | Should -Be 7
    }
}
