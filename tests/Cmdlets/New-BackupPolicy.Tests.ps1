BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $repository = Initialize-TestRepository -Name vault
}

AfterAll { Clear-TestRoot }

Describe 'New-BackupPolicy' {
    It 'registers a policy with everything that was said, and emits it' {
        $said = @{
            Name = 'everything'; Source = $tree; Repository = 'vault'; Exclude = '**/*.tmp'; Include = '**/*.cs'; ExcludeLargerThan = 10MB; ExcludeCaches = $true; OneFileSystem = $true
            FullEvery = '7d'; KeepLast = 1; KeepHourly = 2; KeepDaily = 3; KeepWeekly = 4; KeepMonthly = 5; KeepYearly = 6; KeepWithin = '2y5m'; TimeZone = 'Europe/Berlin'; Verify = 'Structure'; Tag = 'a', 'b'
        }
        $policy = New-BackupPolicy @said
        $policy | Should -BeOfType BackupPS.BackupPolicy
        $policy.PolicyName | Should -BeExactly 'everything'
        foreach ($property in $said.Keys | Where-Object { $_ -ne 'Name' }) { $policy.$property | Should -Be $said[$property] -Because $property }
        $policy.RepositoryId | Should -Be $repository.RepositoryId
        $policy.Created.Offset | Should -Be ([timespan]::Zero)
        $read = Get-BackupPolicy -Name everything
        foreach ($property in $policy.PSObject.Properties.Name) { $read.$property | Should -Be $policy.$property -Because $property }
    }

    It 'takes a repository as an object, from the pipeline, and by path' {
        (New-BackupPolicy -Name object -Source $tree -Repository $repository).Repository | Should -Be 'vault'
        ($repository | New-BackupPolicy -Name piped -Source $tree).Repository | Should -Be 'vault'
        (New-BackupPolicy -Name path -Source $tree -Repository $repository.Path).RepositoryId | Should -Be $repository.RepositoryId
    }

    It 'takes a policy over from the pipeline, but for what is said: <name>' -ForEach @(
        @{ name = 'live'; make = { $_ } }
        @{ name = 'CLIXML'; make = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_)) } }
        @{ name = 'JSON'; make = { $_ | ConvertTo-Json | ConvertFrom-Json } }
        @{ name = 'CSV'; make = { $_ | Select-Object -Property *, @{ n = 'Source'; e = { $_.Source[0] } } -ExcludeProperty Source, Exclude, Include, Tag | ConvertTo-Csv | ConvertFrom-Csv } }
    ) {
        $original = New-BackupPolicy -Name "original$name" -Source $tree -Repository vault -KeepDaily 7 -KeepWeekly 4 -ExcludeCaches -FullEvery 7d -ExcludeLargerThan 5GB -Verify Data
        $copy = $original | ForEach-Object $make | New-BackupPolicy -Name "copy$name" -KeepDaily 14
        $copy.PolicyName, $copy.Keep, $copy.ExcludeCaches, $copy.OneFileSystem, $copy.FullEvery, $copy.ExcludeLargerThan, $copy.Verify | Should -Be "copy$name", 'daily 14, weekly 4', $true, $false, '7d', 5GB, 'Data'
        $copy.Source, $copy.RepositoryId | Should -Be $tree, $repository.RepositoryId
    }

    It 'refuses a row of CSV that has lost its list' {
        $row = Get-BackupPolicy | Select-Object -First 1 | ConvertTo-Csv | ConvertFrom-Csv
        $row | New-BackupPolicy -Name lost -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'resolves sources as they are written, and warns of one that is missing' {
        Push-Location -LiteralPath $tree
        try { $policy = New-BackupPolicy -Name literal -Source './a[1].txt', 'TestRoot:/tree', './missing[1]' -Repository vault -WarningVariable warning -WarningAction SilentlyContinue }
        finally { Pop-Location }
        $policy.Source | Should -Be (Join-Path $tree 'a[1].txt'), $tree, (Join-Path $tree 'missing[1]')
        $warning.Count | Should -Be 1
        $warning[0] | Should -BeLike '*missing*'
    }

    It 'refuses <problem>' -ForEach @(
        @{ problem = 'a name that is taken'; said = @{ Name = 'twice' }; id = 'PolicyExists' }
        @{ problem = 'a repository that is not there'; said = @{ Repository = 'nowhere' }; id = 'RepositoryNotFound' }
        @{ problem = 'a duration without a unit'; said = @{ KeepWithin = '7' }; id = 'InvalidDuration' }
        @{ problem = 'an interval without a unit'; said = @{ FullEvery = '7' }; id = 'InvalidDuration' }
        @{ problem = 'a zone that does not exist'; said = @{ TimeZone = 'Mars/Olympus' }; id = 'InvalidArgument' }
        @{ problem = 'a source of another provider'; said = @{ Source = 'Env:/PATH' }; id = 'PathNotFileSystem' }
    ) {
        if ($id -eq 'PolicyExists') { $null = New-BackupPolicy -Name twice -Source $tree -Repository vault }
        $all = @{ Name = 'refused'; Source = $tree; Repository = 'vault' }
        foreach ($key in $said.Keys) { $all[$key] = $said[$key] }
        New-BackupPolicy @all -ErrorVariable record -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $record[0].FullyQualifiedErrorId | Should -BeLike "$id,*"
        Get-BackupPolicy -Name refus* | Should -BeNullOrEmpty
    }

    It 'registers nothing under -WhatIf' {
        New-BackupPolicy -Name whatif -Source $tree -Repository vault -WhatIf | Should -BeNullOrEmpty
        Get-BackupPolicy -Name what* | Should -BeNullOrEmpty
    }
}
