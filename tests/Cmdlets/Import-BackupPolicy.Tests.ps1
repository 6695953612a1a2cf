BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $vault = Initialize-TestRepository -Name vault
    $other = Initialize-TestRepository -Name other
    $file = Join-Path $TestRoot 'policies.json'
    $definition = 'Source', 'Repository', 'Exclude', 'Include', 'ExcludeLargerThan', 'ExcludeCaches', 'OneFileSystem', 'FullEvery', 'KeepLast', 'KeepHourly', 'KeepDaily', 'KeepWeekly', 'KeepMonthly', 'KeepYearly', 'KeepWithin', 'TimeZone', 'Verify', 'Tag'
}

AfterAll { Clear-TestRoot }

Describe 'Import-BackupPolicy' {
    AfterEach { Get-BackupPolicy | Remove-BackupPolicy -Confirm:$false }

    It 'brings back everything that a policy says' {
        $said = @{
            Name = 'everything'; Source = $tree; Repository = 'vault'; Exclude = '**/*.tmp', "it's `"quoted`" \ grün"; Include = '**/*.cs'; ExcludeLargerThan = 10GB; ExcludeCaches = $true; OneFileSystem = $true
            FullEvery = '7d'; KeepLast = 1; KeepHourly = 2; KeepDaily = 3; KeepWeekly = 4; KeepMonthly = 5; KeepYearly = 6; KeepWithin = '2y5m'; TimeZone = 'Europe/Berlin'; Verify = 'Structure'; Tag = 'a', 'b'
        }
        $policy = New-BackupPolicy @said
        Export-BackupPolicy $file
        Remove-BackupPolicy everything -Confirm:$false
        $read = Import-BackupPolicy $file
        foreach ($property in $definition) { $read.$property | Should -Be $policy.$property -Because $property }
        (Get-BackupPolicy everything).RepositoryId | Should -Be $vault.RepositoryId
    }

    It 'reads what a person writes: one policy, comments, any case, a single source, a byte order mark' {
        Set-Content -LiteralPath $file -Encoding utf8BOM -Value "// ours`n{ `"policyname`": `"web`", `"source`": `"$($tree.Replace('\', '\\'))`", `"REPOSITORY`": `"vault`", `"KeepDaily`": 7, }"
        $read = Import-BackupPolicy $file
        $read.PolicyName, $read.Keep, $read.Verify | Should -Be 'web', 'daily 7', 'None'
        $read.Source | Should -Be $tree
    }

    It 'reads what ConvertTo-Json makes of policies, into the repository that is said' {
        $null = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 3
        ConvertTo-Json @(Get-BackupPolicy) | Set-Content -LiteralPath $file
        Remove-BackupPolicy web -Confirm:$false
        $read = Get-Item -LiteralPath $file | Import-BackupPolicy -Repository $other
        $read.Repository, $read.RepositoryId, $read.KeepLast | Should -Be 'other', $other.RepositoryId, 3
    }

    It 'changes a policy that exists under -Force alone' {
        $null = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 3
        Export-BackupPolicy $file
        Set-BackupPolicy web -KeepLast 5 -Tag x
        Import-BackupPolicy $file -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyExists,*'
        (Get-BackupPolicy web).KeepLast | Should -Be 5
        (Import-BackupPolicy $file -Force).KeepLast | Should -Be 3
        (Get-BackupPolicy web).Tag.Count | Should -Be 0
    }

    It 'names line and column of <problem>, and registers nothing of the file' -ForEach @(
        @{ problem = 'a slip'; text = "[`n  { `"PolicyName`": `"a`", `"Source`": [`"/x`"], `"Repository`": `"vault`" },`n  { `"PolicyName`": `"b`", `"Source`": [`"/x`"], `"KeepDayly`": 7 }`n]"; place = '(3,42)'; says = "*Did you mean 'KeepDaily'?*"; id = 'PolicyFileInvalid' }
        @{ problem = 'what is no JSON'; text = "[`n  { `"PolicyName`" `"a`" }`n]"; place = '(2,18)'; says = '*not JSON*'; id = 'PolicyFileInvalid' }
        @{ problem = 'a value of another kind'; text = "{ `"PolicyName`": `"a`",`n`"Source`": [1] }"; place = '(2,12)'; says = '*array of texts*'; id = 'PolicyFileInvalid' }
        @{ problem = 'a member that is missing'; text = "`n { `"PolicyName`": `"a`" }"; place = '(2,2)'; says = "*no 'Source'*"; id = 'PolicyFileInvalid' }
        @{ problem = 'a duration without a unit'; text = "[{ `"PolicyName`": `"ok`", `"Source`": [`"/x`"], `"Repository`": `"vault`" },`n{ `"PolicyName`": `"b`", `"Source`": [`"/x`"], `"Repository`": `"vault`",`n`"KeepWithin`": `"30`" }]"; place = '(3,15)'; says = '*KeepWithin*'; id = 'InvalidDuration' }
        @{ problem = 'a relative source'; text = "{ `"PolicyName`": `"b`", `"Repository`": `"vault`",`n`"Source`": [`"/x`",`n  `"./x`"] }"; place = '(3,3)'; says = '*not an absolute path*'; id = 'InvalidArgument' }
        @{ problem = 'a repository that is unknown here'; text = "{ `"PolicyName`": `"b`", `"Source`": [`"/x`"], `"Repository`": `"nowhere`" }"; place = '(1,'; says = '*nowhere*'; id = 'RepositoryNotFound' }
        @{ problem = 'a name that is there twice'; text = "[{ `"PolicyName`": `"b`", `"Source`": [`"/x`"], `"Repository`": `"vault`" },`n{ `"PolicyName`": `"B`", `"Source`": [`"/x`"], `"Repository`": `"vault`" }]"; place = '(2,17)'; says = '*twice*'; id = 'PolicyExists' }
    ) {
        Set-Content -LiteralPath $file -Value $text
        Import-BackupPolicy $file -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike "$id,*"
        $problems[0].Exception.Message | Should -BeLike "$file$place*"
        $problems[0].Exception.Message | Should -BeLike $says
        Get-BackupPolicy | Should -BeNullOrEmpty
    }

    It 'goes on after a file that is missing, and changes nothing under -WhatIf' {
        Set-Content -LiteralPath $file -Value "{ `"PolicyName`": `"web`", `"Source`": [`"/x`"], `"Repository`": `"vault`" }"
        Import-BackupPolicy (Join-Path $TestRoot 'missing.json'), $file -WhatIf -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        Get-BackupPolicy | Should -BeNullOrEmpty
        (Import-BackupPolicy (Join-Path $TestRoot 'missing.json'), $file -ErrorAction SilentlyContinue).PolicyName | Should -Be 'web'
    }
}
